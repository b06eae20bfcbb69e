namespace LlmObservability.Dashboard.Answers;

/// <summary>A value, and how many calls have it.</summary>
internal sealed record ValueAnswer(string Value, long Calls);
