namespace LlmObservability.Dashboard.Answers;

/// <summary>How many calls a live feed passed over.</summary>
internal sealed record SkippedAnswer(long Calls);
