using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Writes envelopes in the form of one signal. Not thread-safe.</summary>
internal interface IOtlpRecords
{
    /// <summary>Name of the list of resources.</summary>
    ReadOnlySpan<byte> Resources { get; }

    /// <summary>Name of the list of scopes.</summary>
    ReadOnlySpan<byte> Scopes { get; }

    /// <summary>Name of the list of records.</summary>
    ReadOnlySpan<byte> Records { get; }

    /// <summary>Writes an envelope, and returns how many records it became; 0 where the signal has no place for it.</summary>
    int Write(LlmEnvelope envelope);
}
