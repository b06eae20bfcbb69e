namespace LlmObservability.Testing.Segments;

/// <summary>The power is gone: nothing that the process does from here on counts.</summary>
internal sealed class PowerLostException() : IOException("The power is gone.");
