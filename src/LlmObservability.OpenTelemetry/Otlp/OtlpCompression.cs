namespace LlmObservability.OpenTelemetry;

/// <summary>How requests to an OTLP server are compressed.</summary>
public enum OtlpCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By gzip: about a sixth of the bytes, for some processor time.</summary>
    Gzip,
}
