using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.StructuredOutput;

namespace LlmObservability.Tests.StructuredOutput;

public class AnswerPropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(20_000);
    private static readonly Config Some = Config.QuickThrowOnFailure.WithMaxTest(3_000);

    private static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue).ToArbitrary();

    [Fact]
    public void No_schema_and_no_text_make_it_throw()
    {
        var answers = new StructuredAnswers();
        Prop.ForAll(Seeds, seed =>
        {
            var random = new RandomSchemas(seed);
            var verdict = answers.Check(Answers.Format(random.Schema(badOneIn: 40)), random.Text());
            verdict.Parsed.ShouldNotBeNull();
            (verdict.Matched is null).ShouldBe(verdict.Reason != UncheckedReason.None);
            (verdict.Mismatches.Count > 0).ShouldBe(verdict is { Parsed: true, Matched: false });
        }).Check(Many);
    }

    [Fact]
    public void No_value_and_no_foreign_name_of_an_answer_is_told()
    {
        var answers = new StructuredAnswers();
        var told = 0;
        Prop.ForAll(Seeds, seed =>
        {
            var random = new RandomSchemas(seed);
            var schema = random.Schema(badOneIn: 1_000);
            foreach (var mismatch in answers.Check(Answers.Format(schema), random.Answer(0)).Mismatches)
            {
                told++;
                mismatch.ToString().ShouldNotContain(RandomSchemas.SecretText);
                mismatch.ToString().ShouldNotContain(RandomSchemas.SecretDigits);
                mismatch.ToString().Length.ShouldBeLessThanOrEqualTo(SchemaMismatch.MaxText);
            }
        }).Check(Many);
        told.ShouldBeGreaterThan(5_000);
    }

    [Fact]
    public void What_was_made_to_a_schema_matches_it()
    {
        Prop.ForAll(Seeds, seed =>
        {
            var pair = new MatchingPair(seed);
            Answers.ShouldMatch(pair.Schema, pair.Answer);
        }).Check(Some);
    }

    [Fact]
    public void A_required_property_that_is_taken_away_is_missed_at_its_place_and_nowhere_else()
    {
        var taken = 0;
        Prop.ForAll(Seeds, seed =>
        {
            var pair = new MatchingPair(seed);
            if (pair.Required.Count == 0)
            {
                return;
            }

            taken++;
            var (location, holder, name) = pair.Required[seed % pair.Required.Count];
            holder.Remove(name).ShouldBeTrue();
            var expected = new SchemaMismatch("", "required", $"has no property {name}");
            foreach (var segment in location.Split('/').Skip(1).Reverse())
            {
                expected = expected.Below(segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
            }

            var verdict = Answers.Check(pair.Schema, pair.Answer);
            verdict.Matched.ShouldBe(false);
            verdict.Mismatches.ShouldBe([expected], $"{pair.Schema} and {pair.Answer}");
        }).Check(Some);
        taken.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Numbers_compare_as_their_values_do()
    {
        var texts = Gen.Elements("0", "-0", "0.0e9", "1", "1.0", "10e-1", "0.1e1", "-1", "99", "1e2", "100.00", "100.01", "0.01", "1e-2", "12345.678", "-12345.6780", "1234567.8e-2");
        Prop.ForAll(texts.ToArbitrary(), texts.ToArbitrary(), (left, right) =>
        {
            var expected = Exact(left).CompareTo(Exact(right));
            new ExactNumber(System.Text.Encoding.UTF8.GetBytes(left)).CompareTo(new ExactNumber(System.Text.Encoding.UTF8.GetBytes(right)))
                .ShouldBe(expected, $"{left} and {right}");
            (Answers.Check($$"""{"const":{{left}}}""", right).Matched == true).ShouldBe(expected == 0);
            (Answers.Check("""{"uniqueItems":true}""", $"[{left},{right}]").Matched == false).ShouldBe(expected == 0);
            if (Exact(right) > 0)
            {
                (Answers.Check($$"""{"multipleOf":{{right}}}""", left).Matched == true).ShouldBe(Exact(left) % Exact(right) == 0, $"{left} and {right}");
            }
        }).Check(Some);
    }

    private static decimal Exact(string text) => decimal.Parse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);
}
