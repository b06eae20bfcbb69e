namespace Replay;

/// <summary>One call of a trace.</summary>
/// <param name="Time">When it was made, in the trace's own time.</param>
/// <param name="InputTokens">Tokens of the prompt.</param>
/// <param name="OutputTokens">Tokens of the answer.</param>
internal readonly record struct TraceRow(DateTimeOffset Time, int InputTokens, int OutputTokens);
