using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmObservability.StructuredOutput;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.StructuredOutput;

public class SchemaTests
{
    [Theory]
    [InlineData("null", ": ")]
    [InlineData("[]", ": ")]
    [InlineData("\"string\"", ": ")]
    [InlineData("""{"type":"text"}""", "/type: ")]
    [InlineData("""{"type":7}""", "/type: ")]
    [InlineData("""{"type":[]}""", "/type: ")]
    [InlineData("""{"type":["string",null]}""", "/type: ")]
    [InlineData("""{"nullable":"yes"}""", "/nullable: ")]
    [InlineData("""{"enum":"a"}""", "/enum: ")]
    [InlineData("""{"properties":[]}""", "/properties: ")]
    [InlineData("""{"properties":{"a":{"type":"string"},"b":7,"c":8}}""", "/properties/b: ")]
    [InlineData("""{"required":"a"}""", "/required: ")]
    [InlineData("""{"required":["a",1]}""", "/required: ")]
    [InlineData("""{"additionalProperties":"no"}""", "/additionalProperties: ")]
    [InlineData("""{"patternProperties":{"a":1}}""", "/patternProperties/a: ")]
    [InlineData("""{"items":"string"}""", "/items: ")]
    [InlineData("""{"items":[{},{"items":1}]}""", "/items/1/items: ")]
    [InlineData("""{"prefixItems":{}}""", "/prefixItems: ")]
    [InlineData("""{"anyOf":{}}""", "/anyOf: ")]
    [InlineData("""{"oneOf":[1]}""", "/oneOf/0: ")]
    [InlineData("""{"allOf":[{},{"not":[]}]}""", "/allOf/1/not: ")]
    [InlineData("""{"minLength":-1}""", "/minLength: ")]
    [InlineData("""{"minLength":1.5}""", "/minLength: ")]
    [InlineData("""{"maxItems":"3"}""", "/maxItems: ")]
    [InlineData("""{"uniqueItems":1}""", "/uniqueItems: ")]
    [InlineData("""{"pattern":1}""", "/pattern: ")]
    [InlineData("""{"minimum":"1"}""", "/minimum: ")]
    [InlineData("""{"exclusiveMaximum":null}""", "/exclusiveMaximum: ")]
    [InlineData("""{"multipleOf":0}""", "/multipleOf: ")]
    [InlineData("""{"multipleOf":-2}""", "/multipleOf: ")]
    [InlineData("""{"$ref":7}""", "/$ref: ")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "/$ref: ")]
    [InlineData("""{"$ref":"#anchor"}""", "/$ref: ")]
    [InlineData("""{"$ref":""}""", "/$ref: ")]
    [InlineData("""{"$ref":"https://example.com/schema"}""", "/$ref: ")]
    [InlineData("""{"allOf":[{}],"$ref":"#/allOf/1"}""", "/$ref: ")]
    [InlineData("""{"allOf":[{}],"$ref":"#/allOf/-1"}""", "/$ref: ")]
    [InlineData("""{"$defs":{"a":{"items":{"type":1}}},"properties":{"p":{"$ref":"#/$defs/a"}}}""", "/properties/p/$ref/items/type: ")]
    public void A_malformed_schema_is_no_fault_of_the_answer(string schema, string problem)
    {
        Answers.ShouldNotBeSaid(schema, "{}", UncheckedReason.SchemaNotUsable);
        new StructuredAnswers().SchemaOf(Answers.Format(schema).Schema).Problem.ShouldNotBeNull().ShouldStartWith(problem);
    }

    [Fact]
    public void A_schema_whose_document_is_gone_is_not_usable()
    {
        var document = JsonDocument.Parse("""{"type":"string"}""");
        var disposed = ChatResponseFormat.ForJsonSchema(document.RootElement);
        document.Dispose();
        var answers = new StructuredAnswers();
        answers.Check(disposed, "1").ShouldBeEquivalentTo(AnswerVerdict.Unchecked(true, UncheckedReason.SchemaNotUsable));
        answers.SchemaOf(default(JsonElement)).Reason.ShouldBe(UncheckedReason.SchemaNotUsable);
    }

    [Fact]
    public void A_compiled_schema_outlives_the_document_it_came_from()
    {
        var answers = new StructuredAnswers();
        AnswerSchema schema;
        using (var document = JsonDocument.Parse("""{"enum":["a",{"b":[1]}],"minLength":1,"not":{"const":"z"}}"""))
        {
            schema = answers.SchemaOf(document.RootElement);
        }

        using var text = answers.Begin();
        text.Append("\"a\"");
        schema.Check(text).ShouldBe(AnswerVerdict.Matches);
    }

    [Fact]
    public void Equal_schemas_are_compiled_once_whatever_object_holds_them()
    {
        var answers = new StructuredAnswers();
        var first = answers.SchemaOf(Answers.Format("""{"type":"string"}""").Schema);
        answers.SchemaOf(Answers.Format("""{"type":"string"}""").Schema).ShouldBeSameAs(first);
        answers.SchemaOf(Answers.Format("""{"type":"number"}""").Schema).ShouldNotBeSameAs(first);
        answers.SchemaOf(null).ShouldBeSameAs(AnswerSchema.None);
    }

    [Fact]
    public void Only_the_newest_schemas_are_kept_and_none_that_is_very_long()
    {
        var answers = new StructuredAnswers();
        var schemas = Enumerable.Range(0, StructuredAnswers.MaxSchemas + 1).Select(i => Answers.Format($$"""{"const":{{i}}}""").Schema).ToArray();
        var compiled = schemas.Select(answers.SchemaOf).ToArray();
        for (var i = 1; i < schemas.Length; i++)
        {
            answers.SchemaOf(schemas[i]).ShouldBeSameAs(compiled[i]);
        }

        answers.SchemaOf(schemas[0]).ShouldNotBeSameAs(compiled[0]);
        var longest = Answers.Format($$"""{"title":"{{new string('x', StructuredAnswers.MaxKeptBytes)}}"}""").Schema;
        answers.SchemaOf(longest).ShouldNotBeSameAs(answers.SchemaOf(longest));
        answers.SchemaOf(schemas[^1]).ShouldBeSameAs(compiled[^1]);
    }

    [Fact]
    public void The_applications_format_is_not_kept_alive()
    {
        var answers = new StructuredAnswers();
        var format = CheckWithANewFormat(answers);
        for (var i = 0; i < 10 && format.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        format.IsAlive.ShouldBeFalse();
        GC.KeepAlive(answers);
    }

    [Fact]
    public void Threads_share_what_is_compiled()
    {
        var answers = new StructuredAnswers();
        var formats = Enumerable.Range(0, 40).Select(i => Answers.Format($$"""{"minimum":{{i}},"pattern":"^x{{i}}$"}""")).ToArray();
        Parallel.For(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var format = formats[i % formats.Length];
            var least = i % formats.Length;
            answers.Check(format, $"{least}").Matched.ShouldBe(true);
            answers.Check(format, $"{least - 1}").Matched.ShouldBe(false);
            answers.Check(format, $"\"x{least}\"").Matched.ShouldBe(true);
            answers.Check(format, $"\"x{least}0\"").Matched.ShouldBe(false);
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CheckWithANewFormat(StructuredAnswers answers)
    {
        var format = Answers.Format("""{"const":{"a":[1]},"enum":[{"a":[1]}]}""");
        answers.Check(format, """{"a":[1]}""").Matched.ShouldBe(true);
        return new WeakReference(format);
    }
}
