using Microsoft.Extensions.Logging;

namespace LlmObservability.Dashboard;

/// <summary>
/// The log messages of the API: event ids 110 to 119 (docs/pipeline.md lists them). No message holds anything of a request but its
/// route, nor an exception's message.
/// </summary>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 110, EventName = "ApiClosed", Level = LogLevel.Warning, Message = "The LLM API under '{Path}' answers 404: no authorization policy was looked at for it. Call RequireAuthorization on what MapLlmObservability returns and UseAuthorization before it, or set LlmObservability:Dashboard:AllowAnonymousAccess. Told once.")]
    public static partial void ApiClosed(this ILogger logger, string path);

    [LoggerMessage(EventId = 111, EventName = "ApiRequestFailed", Level = LogLevel.Error, Message = "The LLM API failed to answer '{Route}' ({Id}, {Status}). {ErrorType} {SqlState} {Stack}")]
    public static partial void ApiRequestFailed(this ILogger logger, string route, string id, int status, string errorType, string? sqlState, string? stack);

    [LoggerMessage(EventId = 112, EventName = "ApiTransferBroken", Level = LogLevel.Warning, Message = "The LLM API broke off '{Route}' ({Id}): {Reason}.")]
    public static partial void ApiTransferBroken(this ILogger logger, string route, string id, string reason);

    [LoggerMessage(EventId = 113, EventName = "ApiFeedWaits", Level = LogLevel.Warning, Message = "A live feed of the LLM API ({Id}) gets no answer from the store, and waits for one. {ErrorType}")]
    public static partial void ApiFeedWaits(this ILogger logger, string id, string errorType);
}
