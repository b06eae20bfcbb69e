namespace LlmObservability.Dashboard.Live;

/// <summary>What a look at the store brought.</summary>
/// <param name="Skipped">How many calls came that were not looked at.</param>
/// <param name="Calls">The new calls, oldest first.</param>
internal readonly record struct LiveNews(long Skipped, IReadOnlyList<LlmCall> Calls);
