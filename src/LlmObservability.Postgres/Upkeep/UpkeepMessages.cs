using Microsoft.Extensions.Logging;

namespace LlmObservability.Postgres;

/// <summary>
/// What the store's upkeep logs, one message per change of state: event ids 90–99; docs/pipeline.md lists them. No message holds a
/// row's data or a connection string.
/// </summary>
internal static partial class UpkeepMessages
{
    [LoggerMessage(EventId = 90, EventName = "UpkeepFailing", Level = LogLevel.Warning, Message = "The upkeep of the PostgreSQL store fails for now ({Step}); writing goes on, and it is tried again. {Failure}")]
    public static partial void UpkeepFailing(this ILogger logger, string step, string failure);

    [LoggerMessage(EventId = 91, EventName = "UpkeepRecovered", Level = LogLevel.Information, Message = "The upkeep of the PostgreSQL store works again ({Step}), after {Lasted}.")]
    public static partial void UpkeepRecovered(this ILogger logger, string step, TimeSpan lasted);

    [LoggerMessage(EventId = 92, EventName = "PartitionsRemoved", Level = LogLevel.Information, Message = "{Count} partitions of the PostgreSQL store were older than what is kept and are removed: {Tables}.")]
    public static partial void PartitionsRemoved(this ILogger logger, int count, string tables);
}
