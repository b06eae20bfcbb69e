using System.Net;
using Microsoft.Extensions.Logging;

namespace LlmObservability.AspNetCore;

/// <summary>The log messages of LlmObservability in ASP.NET Core: event ids 100 to 109, listed in docs/aspnetcore.md. None holds a tag's value or an exception's message.</summary>
internal static partial class AspNetCoreLogMessages
{
    [LoggerMessage(EventId = 100, EventName = "TagDelegateFailed", Level = LogLevel.Warning, Message = "The delegate for the tag '{Tag}' of an HTTP request threw {ErrorType}; the request goes on without the tag. More failures are only counted. {Stack}")]
    public static partial void TagDelegateFailed(this ILogger logger, string tag, string? errorType, string? stack);

    [LoggerMessage(EventId = 101, EventName = "MetricsListening", Level = LogLevel.Information, Message = "LLM metrics are served on {Address}.")]
    public static partial void MetricsListening(this ILogger logger, Uri address);

    [LoggerMessage(EventId = 102, EventName = "MetricsNotListening", Level = LogLevel.Error, Message = "LLM metrics cannot be served on {Address}; the application goes on without. Change LlmObservability:AspNetCore:Metrics:Listener, or free the port. {Failure}")]
    public static partial void MetricsNotListening(this ILogger logger, EndPoint address, string failure);

    [LoggerMessage(EventId = 103, EventName = "SeriesCut", Level = LogLevel.Warning, Message = "The metric '{Metric}' has its most series ({MaxSeries}); measurements of others are left out, and counted in llm_observability_metrics_cut_total.")]
    public static partial void SeriesCut(this ILogger logger, string metric, int maxSeries);

    [LoggerMessage(EventId = 104, EventName = "RequestNotTagged", Level = LogLevel.Error, Message = "An HTTP request could not be tagged or its response told; the request is not affected. This is a defect: please report it. {ErrorType} {Stack}")]
    public static partial void RequestNotTagged(this ILogger logger, string? errorType, string? stack);

    [LoggerMessage(EventId = 105, EventName = "InstrumentUnread", Level = LogLevel.Warning, Message = "An instrument could not be read for a scrape and is missing there; the others are there. It threw {ErrorType}. More failures are only counted, in llm_observability_metrics_unread_total. {Stack}")]
    public static partial void InstrumentUnread(this ILogger logger, string? errorType, string? stack);
}
