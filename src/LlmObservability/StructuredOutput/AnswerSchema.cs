using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// A schema, compiled: its own copy of all it needs, so that nothing of the application's is kept alive. Immutable and
/// thread-safe.
/// </summary>
internal sealed class AnswerSchema
{
    private readonly SchemaNode? _root;

    private AnswerSchema(SchemaNode? root, UncheckedReason reason, string? problem)
    {
        _root = root;
        Reason = reason;
        Problem = problem;
    }

    /// <summary>JSON without a schema.</summary>
    internal static AnswerSchema None { get; } = new(null, UncheckedReason.NoSchema, null);

    /// <summary>Why it cannot be used, if it cannot.</summary>
    internal UncheckedReason Reason { get; }

    /// <summary>A JSON pointer to what makes it unusable, and why, for a log; null where it can be used.</summary>
    internal string? Problem { get; }

    internal static AnswerSchema Of(SchemaNode root) => new(root, UncheckedReason.None, null);

    internal static AnswerSchema Unusable(UncheckedReason reason, string problem) => new(null, reason, problem);

    /// <summary>Checks an answer. Throws for no text.</summary>
    internal AnswerVerdict Check(AnswerText text)
    {
        if (text.IsTooLong)
        {
            return AnswerVerdict.TooLong;
        }

        using var answer = ParsedAnswer.Of(text);
        if (_root is null)
        {
            return AnswerVerdict.Unchecked(answer.IsJson, Reason);
        }

        return answer.Document is { } document ? Check(_root, document.RootElement)
            : answer.IsJson ? AnswerVerdict.Unchecked(true, UncheckedReason.TooComplex)
            : AnswerVerdict.NotJson;
    }

    private static AnswerVerdict Check(SchemaNode root, JsonElement answer)
    {
        var validation = new Validation();
        root.Check(answer, validation);
        return validation.Mismatches.Count > 0 ? new AnswerVerdict(true, false, UncheckedReason.None, validation.Mismatches)
            : validation.IsTooComplex ? AnswerVerdict.Unchecked(true, UncheckedReason.TooComplex)
            : AnswerVerdict.Matches;
    }
}
