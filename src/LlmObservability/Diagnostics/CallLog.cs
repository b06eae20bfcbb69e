using LlmObservability.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmObservability;

/// <summary>Writes the one log event of each call. A logging provider that throws harms no call. Thread-safe.</summary>
internal sealed class CallLog
{
    /// <summary>A category of its own, so that it can be filtered by itself.</summary>
    public const string Category = "LlmObservability.Calls";

    /// <summary>docs/aspnetcore.md lists its properties.</summary>
    public static readonly EventId Event = new(50, "LlmCall");

    private readonly ILogger _logger;
    private readonly LogLevel _level;
    private readonly GenAiConventions _conventions;

    private CallLog(ILogger logger, LogLevel level, GenAiConventions conventions)
    {
        _logger = logger;
        _level = level;
        _conventions = conventions;
    }

    /// <summary>Null where no level is configured: then a call pays one comparison.</summary>
    public static CallLog? Create(LogLevel? level, ILoggerFactory factory, GenAiConventions conventions) =>
        level is { } known && known != LogLevel.None
            ? new CallLog(new GuardedLogger(factory.CreateLogger(Category)), known, conventions)
            : null;

    public void Write(LlmCall call)
    {
        if (_logger.IsEnabled(_level))
        {
            _logger.Log(_level, Event, new CallLogEvent(call, _conventions), null, static (state, _) => state.ToString());
        }
    }
}
