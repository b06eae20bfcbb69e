namespace LlmObservability.Dashboard.Answers;

/// <summary>A bin of a histogram: from, inclusive, to, exclusive.</summary>
internal sealed record BinAnswer(double From, double To, long Count);
