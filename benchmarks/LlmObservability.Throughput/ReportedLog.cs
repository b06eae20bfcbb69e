using Microsoft.Extensions.Logging;

namespace LlmObservability.Throughput;

/// <summary>What the library has to tell, from warnings on, among the figures.</summary>
internal sealed class ReportedLog : ILoggerFactory, ILogger
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Report.Line($"  {formatter(state, exception)}");
        }
    }

    public void Dispose()
    {
    }
}
