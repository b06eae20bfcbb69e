namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>A streamed answer's events: those up to the first piece of its text, and those after it.</summary>
internal sealed record StreamedAnswer(IReadOnlyList<string> Start, IReadOnlyList<string> Rest);
