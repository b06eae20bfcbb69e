namespace LlmObservability.Dashboard.Answers;

/// <summary>What whoever shows calls is to know of how this is set up.</summary>
/// <param name="TraceUrl">Where traces are shown, with <c>{trace_id}</c> in it; left out where that was not set.</param>
internal sealed record SettingsAnswer(string? TraceUrl);
