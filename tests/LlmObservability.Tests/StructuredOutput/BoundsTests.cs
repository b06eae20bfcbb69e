using System.Text;
using LlmObservability.StructuredOutput;

namespace LlmObservability.Tests.StructuredOutput;

public class BoundsTests
{
    private const string LinkedList = """{"properties":{"next":{"$ref":"#"},"value":{"type":"integer"}},"additionalProperties":false}""";

    [Theory]
    [InlineData("""{"$ref":"#"}""", "1")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"allOf":[{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}""", "1")]
    [InlineData("""{"not":{"$ref":"#"}}""", "1")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}""", "1")]
    public void A_schema_that_leads_back_to_itself_is_too_complex(string schema, string answer)
    {
        Answers.ShouldNotBeSaid(schema, answer, UncheckedReason.TooComplex);
    }

    [Theory]
    [InlineData("anyOf")]
    [InlineData("oneOf")]
    [InlineData("allOf")]
    public void Alternatives_that_double_at_each_level_are_too_complex(string keyword)
    {
        var schema = new StringBuilder("""{"$ref":"#/$defs/d0","$defs":{""");
        for (var i = 0; i < 25; i++)
        {
            var next = $$"""{"$ref":"#/$defs/d{{i + 1}}"}""";
            schema.Append(null, $$"""
                "d{{i}}":{"{{keyword}}":[{{next}},{{next}}]},
                """);
        }

        schema.Append(null, $"\"d25\":{{\"minimum\":{(keyword == "allOf" ? 0 : 2)}}}}}}}");
        Answers.ShouldNotBeSaid(schema.ToString(), "1", UncheckedReason.TooComplex);
    }

    [Fact]
    public void A_recursive_schema_follows_an_answer_to_the_depth_bound()
    {
        Answers.ShouldMatch(LinkedList, Nested(ParsedAnswer.MaxDepth - 1, """{"value":1}"""));
        Answers.ShouldFail(
            LinkedList,
            Nested(3, """{"value":"x"}"""),
            "/next/next/next/value type");
        Answers.ShouldNotBeSaid(LinkedList, Nested(ParsedAnswer.MaxDepth, """{"value":1}"""), UncheckedReason.TooComplex);
    }

    [Fact]
    public void An_answer_nested_too_deeply_is_json_all_the_same()
    {
        var deep = new string('[', 100_000) + new string(']', 100_000);
        Answers.ShouldNotBeSaid("""{"type":"array"}""", deep, UncheckedReason.TooComplex);
        Answers.ShouldNotBeSaid("""{"type":"array"}""", deep[(100_000 - ParsedAnswer.MaxDepth - 1)..(100_000 + ParsedAnswer.MaxDepth + 1)], UncheckedReason.TooComplex);
        Answers.ShouldMatch("""{"items":{"$ref":"#"}}""", deep[(100_000 - ParsedAnswer.MaxDepth)..(100_000 + ParsedAnswer.MaxDepth)]);
        Answers.Check("true", deep[..^1]).ShouldBe(AnswerVerdict.NotJson);
        new StructuredAnswers().Check(Microsoft.Extensions.AI.ChatResponseFormat.Json, deep)
            .ShouldBeEquivalentTo(AnswerVerdict.Unchecked(true, UncheckedReason.NoSchema));
    }

    [Fact]
    public void Many_items_are_checked_to_the_step_bound()
    {
        Answers.ShouldMatch("""{"uniqueItems":true,"items":{"type":"integer"}}""", Numbers(20_000));
        Answers.ShouldNotBeSaid("""{"items":{"type":"integer"}}""", $"[{string.Join(',', Enumerable.Repeat(1, (Validation.MaxSteps / 2) + 1))}]", UncheckedReason.TooComplex);
    }

    [Fact]
    public void Text_that_alternatives_read_again_and_again_counts()
    {
        var texts = string.Join(',', Enumerable.Repeat("""{"minLength":200001},{"pattern":"z"},{"type":"integer"}""", 200));
        Answers.ShouldNotBeSaid($$"""{"anyOf":[{{texts}}]}""", $"\"{new string('y', 200_000)}\"", UncheckedReason.TooComplex);
        var numbers = string.Join(',', Enumerable.Repeat("""{"maximum":7},{"const":7},{"type":"string"}""", 200));
        Answers.ShouldNotBeSaid($$"""{"anyOf":[{{numbers}}]}""", new string('7', 200_000), UncheckedReason.TooComplex);
    }

    [Fact]
    public void The_remainder_of_a_number_with_very_many_digits_is_too_complex()
    {
        Answers.ShouldFail("""{"multipleOf":7}""", $"1{new string('0', 900)}1", " multipleOf");
        Answers.ShouldNotBeSaid("""{"multipleOf":7}""", new string('3', 1_001), UncheckedReason.TooComplex);
        Answers.ShouldMatch("""{"multipleOf":1e-99999999999999999999}""", "1e99999999999999999999");
    }

    [Fact]
    public void A_mismatch_found_before_a_bound_stands()
    {
        var schema = """{"allOf":[{"type":"integer"},{"minimum":2},{"$ref":"#"}]}""";
        Answers.ShouldFail(schema, "1", [.. Enumerable.Repeat(" minimum", AnswerVerdict.MaxMismatches)]);
        Answers.ShouldFail("""{"minimum":2,"not":{"$ref":"#/not"}}""", "1", " minimum");
        Answers.ShouldNotBeSaid(schema, "3", UncheckedReason.TooComplex);
    }

    [Fact]
    public void A_large_schema_or_a_deep_one_is_too_complex()
    {
        var names = string.Join(',', Enumerable.Range(0, SchemaCompiler.MaxValues).Select(i => $"\"p{i}\":{{}}"));
        Answers.ShouldNotBeSaid($$"""{"properties":{ {{names}} } }""", "{}", UncheckedReason.TooComplex);
        Answers.ShouldNotBeSaid(NestedSchema(SchemaCompiler.MaxDepth), "1", UncheckedReason.TooComplex);
        Answers.ShouldNotBeSaid(NestedSchema(9_000), "1", UncheckedReason.TooComplex);
        Answers.ShouldMatch(NestedSchema(SchemaCompiler.MaxDepth - 1), "[[1]]");
    }

    [Fact]
    public void Very_many_patterns_or_references_in_a_schema_are_too_complex()
    {
        var patterns = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"^p{i}$\":true"));
        Answers.ShouldNotBeSaid($$"""{"patternProperties":{ {{patterns}} } }""", "{}", UncheckedReason.TooComplex);
        var names = Enumerable.Range(0, 2_000).Select(i => $"d{i}").ToArray();
        var definitions = string.Join(',', names.Select(n => $"\"{n}\":{{}}"));
        var references = string.Join(',', names.Select(n => $"{{\"$ref\":\"#/$defs/{n}\"}}"));
        Answers.ShouldNotBeSaid($$"""{"$defs":{ {{definitions}} },"allOf":[{{references}}]}""", "1", UncheckedReason.TooComplex);
        Answers.ShouldMatch($$"""{"$defs":{ {{definitions}} },"allOf":[{{references[..(references.IndexOf("d300", StringComparison.Ordinal))]}}d300"}]}""", "1");
    }

    [Fact]
    public void More_properties_than_a_schema_usually_has()
    {
        var names = Enumerable.Range(0, 1_000).Select(i => $"p{i}").ToArray();
        var schema = $$"""
            {"properties":{ {{string.Join(',', names.Select(n => $"\"{n}\":{{\"type\":\"integer\"}}"))}} },
             "required":[{{string.Join(',', names.Select(n => $"\"{n}\""))}}],"additionalProperties":false}
            """;
        Answers.ShouldMatch(schema, $"{{{string.Join(',', Enumerable.Reverse(names).Select(n => $"\"{n}\":1"))}}}");
        Answers.ShouldFail(schema, $"{{{string.Join(',', names.Where(n => n != "p777").Select(n => $"\"{n}\":1"))}}}", " required");
    }

    [Fact]
    public void Only_the_first_mismatches_are_told_and_each_is_short()
    {
        var name = new string('n', 300);
        var verdict = Answers.Check(
            """{"items":{"properties":{"NAME":{"required":["NAME"]}}}}""".Replace("NAME", name, StringComparison.Ordinal),
            $"[{string.Join(',', Enumerable.Repeat($"{{\"{name}\":{{}}}}", 9))}]");
        verdict.Mismatches.Count.ShouldBe(AnswerVerdict.MaxMismatches);
        foreach (var mismatch in verdict.Mismatches)
        {
            mismatch.InstanceLocation.Length.ShouldBe(SchemaMismatch.MaxLocation);
            mismatch.Reason.Length.ShouldBe(SchemaMismatch.MaxReason);
            mismatch.ToString().Length.ShouldBeLessThanOrEqualTo(SchemaMismatch.MaxText);
        }
    }

    [Fact]
    public void A_mismatch_reads_as_pointer_keyword_and_reason()
    {
        Texts("""{"properties":{"a":{"items":{"type":["string","null"]}}}}""", """{"a":[null,3]}""").ShouldBe(["#/a/1 type: is number, not string or null"]);
        Texts("""{"required":["id"]}""", "{}").ShouldBe(["# required: has no property id"]);
        Texts("""{"enum":["a","b"]}""", "\"c\"").ShouldBe(["# enum: is none of the 2 values allowed"]);
        Texts("""{"additionalProperties":false}""", """{"x":1}""").ShouldBe(["#/* additionalProperties: is a property that the schema does not have"]);
        Texts("""{"maximum":2.50}""", "3").ShouldBe(["# maximum: is greater than 2.50"]);
        Texts("""{"anyOf":[{"minimum":5},{"maximum":3}]}""", "4").ShouldBe(["# anyOf: matches none of the 2 schemas"]);
    }

    private static string[] Texts(string schema, string answer) => [.. Answers.Check(schema, answer).Mismatches.Select(m => m.ToString())];

    private static string Nested(int levels, string innermost)
    {
        return string.Concat(Enumerable.Repeat("{\"next\":", levels)) + innermost + new string('}', levels);
    }

    private static string NestedSchema(int levels)
    {
        return string.Concat(Enumerable.Repeat("{\"items\":", levels)) + "{}" + new string('}', levels);
    }

    private static string Numbers(int count) => $"[{string.Join(',', Enumerable.Range(0, count))}]";
}
