using Microsoft.Extensions.Logging;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What the OTLP sink logs beside what the pipeline logs of every sink: event ids 120–129; docs/pipeline.md lists them. Never a server's own words: they may quote a record.</summary>
internal static partial class OtlpMessages
{
    [LoggerMessage(EventId = 120, EventName = "OtlpServerWarns", Level = LogLevel.Warning, Message = "The server of OTLP sink '{Sink}' took a batch and added a warning; its own logs or its metrics say what it is.")]
    public static partial void OtlpServerWarns(this ILogger logger, string sink);
}
