namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>One measurement.</summary>
internal sealed record Heard(string Meter, string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);
