using LlmObservability.StructuredOutput;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.StructuredOutput;

public class AnswerTextTests
{
    private static readonly ChatResponseFormatJson WithoutSchema = ChatResponseFormat.Json;

    [Theory]
    [InlineData("{}")]
    [InlineData(" \r\n\t{\"a\":[1,2]}\n ")]
    [InlineData("\uFEFF{}")]
    [InlineData("\uFEFF  null")]
    [InlineData("1e400")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void Json_parses(string answer)
    {
        var verdict = new StructuredAnswers().Check(WithoutSchema, answer);
        verdict.ShouldBeEquivalentTo(AnswerVerdict.Unchecked(true, UncheckedReason.NoSchema));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\uFEFF{}")]
    [InlineData("```json\n{}\n```")]
    [InlineData("Here it is: {}")]
    [InlineData("{} and more")]
    [InlineData("{}{}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{'a':1}")]
    [InlineData("// note\n{}")]
    [InlineData("{\"a\":")]
    [InlineData("NaN")]
    [InlineData("01")]
    [InlineData("tru")]
    [InlineData("\"\u0001\"")]
    [InlineData("\u00A0{}")]
    public void What_is_not_json_alone_does_not_parse(string answer)
    {
        var answers = new StructuredAnswers();
        answers.Check(WithoutSchema, answer).ShouldBeEquivalentTo(AnswerVerdict.Unchecked(false, UncheckedReason.NoSchema));
        answers.Check(Answers.Format("true"), answer).ShouldBe(AnswerVerdict.NotJson);
        answers.Check(Answers.Format("7"), answer).ShouldBeEquivalentTo(AnswerVerdict.Unchecked(false, UncheckedReason.SchemaNotUsable));
    }

    // Not as attribute data, which cannot hold halves of pairs.
    [Fact]
    public void Halves_of_surrogate_pairs_are_no_json()
    {
        foreach (var answer in new[] { "\"\ud83d\"", "\"\ude00\"", "\"\ude00\ud83d\"", "{}\ud83d" })
        {
            new StructuredAnswers().Check(WithoutSchema, answer).Parsed.ShouldBe(false);
        }
    }

    [Fact]
    public void Pieces_are_one_text_wherever_they_are_cut()
    {
        const string Answer = "\uFEFF {\"größe\":\"日本 😀😀\",\"b\":\"x\"}";
        var answers = new StructuredAnswers();
        var format = Answers.Format("""{"properties":{"größe":{"const":"日本 😀😀"},"b":{"const":"x"}},"additionalProperties":false}""");
        for (var first = 0; first <= Answer.Length; first++)
        {
            for (var second = first; second <= Answer.Length; second++)
            {
                using var text = answers.Begin();
                text.Append(Answer.AsSpan(0, first));
                text.Append(Answer.AsSpan(first, second - first));
                text.Append(Answer.AsSpan(second));
                answers.Check(format, text).ShouldBe(AnswerVerdict.Matches, $"cut at {first} and {second}");
            }
        }
    }

    [Fact]
    public void A_long_answer_in_many_pieces_grows_its_buffer()
    {
        var answers = new StructuredAnswers();
        using var text = answers.Begin();
        text.Append("[");
        for (var i = 0; i < 5_000; i++)
        {
            text.Append("\"日本語\",");
        }

        text.Append("1]");
        answers.Check(Answers.Format("""{"minItems":5001,"items":{"enum":["日本語",1]}}"""), text).ShouldBe(AnswerVerdict.Matches);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(9, false)]
    public void A_text_beyond_the_bound_is_not_looked_at(int maxChars, bool isChecked)
    {
        var answers = new StructuredAnswers(maxChars);
        using var text = answers.Begin();
        text.Append("[1,2,3");
        text.Append(",45]");
        text.IsTooLong.ShouldBe(!isChecked);
        answers.Check(WithoutSchema, text).Parsed.ShouldBe(isChecked ? true : null);
        answers.Check(WithoutSchema, text).Reason.ShouldBe(isChecked ? UncheckedReason.NoSchema : UncheckedReason.TooLong);
        text.Append("1");
        answers.Check(Answers.Format("true"), text).ShouldBe(AnswerVerdict.TooLong);
    }

    [Fact]
    public void Every_reason_has_its_word()
    {
        Enum.GetValues<UncheckedReason>().Select(r => r.ToName())
            .ShouldBe([null, "no_schema", "schema_not_usable", "too_complex", "too_long"]);
    }
}
