namespace LlmObservability.StructuredOutput;

/// <summary>What is known of an answer that was asked for as JSON. Immutable.</summary>
/// <param name="Parsed">Whether it is JSON and nothing else; null when it was too long to look at.</param>
/// <param name="Matched">
/// Whether no keyword that is checked fails; false too for what does not parse; null when there is a <paramref name="Reason"/>.
/// </param>
/// <param name="Reason">Why <paramref name="Matched"/> is null.</param>
/// <param name="Mismatches">The first few mismatches, none unless it parsed and does not match.</param>
internal sealed record AnswerVerdict(bool? Parsed, bool? Matched, UncheckedReason Reason, IReadOnlyList<SchemaMismatch> Mismatches)
{
    /// <summary>How many mismatches are told at most.</summary>
    internal const int MaxMismatches = 5;

    internal static readonly AnswerVerdict Matches = new(true, true, UncheckedReason.None, []);
    internal static readonly AnswerVerdict NotJson = new(false, false, UncheckedReason.None, []);
    internal static readonly AnswerVerdict TooLong = new(null, null, UncheckedReason.TooLong, []);

    internal static AnswerVerdict Unchecked(bool parsed, UncheckedReason reason) => new(parsed, null, reason, []);
}
