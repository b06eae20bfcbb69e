namespace LlmObservability.Faults.Harness;

/// <summary>A run did not come to its end: something hung, or a child ended by itself.</summary>
internal sealed class FaultException(string message) : Exception(message);
