namespace LlmObservability.OpenTelemetry;

/// <summary>What records become on their way to an OTLP server.</summary>
public enum OtlpSignal
{
    /// <summary>Log records: one a call, one an attempt, one a tool call, one an amendment. Nothing of a record is left out.</summary>
    Logs,

    /// <summary>Spans, for servers that take only traces. What a span has no place for is left out, amendments altogether.</summary>
    Spans,
}
