namespace LlmObservability.Dashboard.Answers;

/// <summary>What whoever shows calls is to know of how this is set up.</summary>
/// <param name="TraceUrl">Where traces are shown, with <c>{trace_id}</c> in it; left out where that was not set.</param>
/// <param name="Restricted">Whether the request sees one tenant alone, so that <c>pipeline</c> and <c>store</c> refuse it.</param>
internal sealed record SettingsAnswer(string? TraceUrl, bool Restricted);
