using Microsoft.Extensions.Logging;

namespace LlmObservability.Testing;

/// <summary>Keeps what is logged, in order.</summary>
public sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly object _gate = new();
    private readonly List<(LogLevel Level, string? Event, string Message)> _entries = [];

    /// <summary>The names of the events.</summary>
    public IReadOnlyList<string?> Events => [.. Entries.Select(entry => entry.Event)];

    public IReadOnlyList<(LogLevel Level, string? Event, string Message)> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        lock (_gate)
        {
            _entries.Add((logLevel, eventId.Name, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
