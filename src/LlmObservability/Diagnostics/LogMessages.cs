using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability;

/// <summary>
/// Every log message, one per change of state. Event ids: 1–19 start-up, 20–39 the pipeline, 40–59 capture.
/// No message holds a prompt, an answer, a tag's value, a key or a connection string.
/// </summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 20, Level = LogLevel.Warning, Message = "LLM calls cannot be written to sink '{Sink}' for now; they wait, and are retried. {Failure}")]
    public static partial void SinkFailing(this ILogger logger, string sink, string failure);

    [LoggerMessage(EventId = 21, Level = LogLevel.Information, Message = "Sink '{Sink}' takes LLM calls again.")]
    public static partial void SinkRecovered(this ILogger logger, string sink);

    [LoggerMessage(EventId = 22, Level = LogLevel.Warning, Message = "Sink '{Sink}' dropped its first record for reason {Reason}; see LlmStatistics for the count from here on.")]
    public static partial void FirstDrop(this ILogger logger, string sink, LlmDropReason reason);

    [LoggerMessage(EventId = 23, Level = LogLevel.Error, Message = "Sink '{Sink}' refuses the record of call {CallId}; it was put aside and the rest of its batch written. {Failure}")]
    public static partial void PoisonEnvelope(this ILogger logger, string sink, Guid callId, string failure);

    [LoggerMessage(EventId = 24, Level = LogLevel.Warning, Message = "Sink '{Sink}': {Count} records were not written within the shutdown budget and are lost.")]
    public static partial void ShutdownDropped(this ILogger logger, string sink, long count);

    [LoggerMessage(EventId = 40, Level = LogLevel.Error, Message = "An LLM call could not be recorded; the call itself is not affected. This is a defect of the recorder: please report it. {ErrorType} {Stack}")]
    public static partial void RecorderFailed(this ILogger logger, string? errorType, string? stack);

    [LoggerMessage(EventId = 41, Level = LogLevel.Warning, Message = "A streamed LLM response was neither read to its end nor disposed; it is recorded as abandoned. Dispose its enumerator.")]
    public static partial void StreamNeverDisposed(this ILogger logger);

    [LoggerMessage(EventId = 42, Level = LogLevel.Warning, Message = "A user id was given, but neither UserIds:HashKey nor UserIds:StorePlain is configured, so it is not stored.")]
    public static partial void UserIdWithoutKey(this ILogger logger);

    [LoggerMessage(EventId = 43, Level = LogLevel.Warning, Message = "A wrapped chat client has telemetry of its own inside (source '{Source}'), so the wrapper makes no GenAI spans and metrics; records and counters go on. Wrap further in, then add the other telemetry around it.")]
    public static partial void TelemetryInside(this ILogger logger, string source);
}
