using System.Text.Json;
using LlmObservability.StructuredOutput;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.StructuredOutput;

/// <summary>Schemas and answers as text.</summary>
internal static class Answers
{
    public static ChatResponseFormatJson Format(string schema)
    {
        using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = 10_000 });
        return ChatResponseFormat.ForJsonSchema(document.RootElement.Clone());
    }

    public static AnswerVerdict Check(string schema, string answer) => new StructuredAnswers().Check(Format(schema), answer);

    /// <summary>The mismatches, each as <c>location keyword</c>.</summary>
    public static string[] Places(this AnswerVerdict verdict) => [.. verdict.Mismatches.Select(m => $"{m.InstanceLocation} {m.Keyword}")];

    public static void ShouldMatch(string schema, string answer)
    {
        var verdict = Check(schema, answer);
        verdict.ShouldSatisfyAllConditions(
            $"{schema} and {answer}: {string.Join("; ", verdict.Mismatches)}",
            () => verdict.Parsed.ShouldBe(true),
            () => verdict.Matched.ShouldBe(true),
            () => verdict.Reason.ShouldBe(UncheckedReason.None),
            () => verdict.Mismatches.ShouldBeEmpty());
    }

    public static void ShouldFail(string schema, string answer, params string[] places)
    {
        var verdict = Check(schema, answer);
        verdict.ShouldSatisfyAllConditions(
            $"{schema} and {answer}",
            () => verdict.Parsed.ShouldBe(true),
            () => verdict.Matched.ShouldBe(false),
            () => verdict.Reason.ShouldBe(UncheckedReason.None),
            () => verdict.Places().ShouldBe(places));
    }

    public static void ShouldNotBeSaid(string schema, string answer, UncheckedReason reason)
    {
        var verdict = Check(schema, answer);
        verdict.ShouldSatisfyAllConditions(
            $"{schema} and {answer}",
            () => verdict.Parsed.ShouldBe(true),
            () => verdict.Matched.ShouldBeNull(),
            () => verdict.Reason.ShouldBe(reason),
            () => verdict.Mismatches.ShouldBeEmpty());
    }
}
