using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace LlmObservability.AspNetCore.Tests.Logs;

/// <summary>What the console's JSON formatter writes, line by line, as <c>AddJsonConsole</c> has it; kept instead of printed.</summary>
internal sealed class JsonLog : ILoggerProvider, ISupportExternalScope
{
    private readonly StringBuilder _text = new();
    private readonly ConsoleFormatter _formatter;
    private IExternalScopeProvider? _scopes;

    public JsonLog()
    {
        using var services = new ServiceCollection().AddLogging(builder => builder.AddJsonConsole(options => options.IncludeScopes = true)).BuildServiceProvider();
        _formatter = services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == ConsoleFormatterNames.Json);
    }

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(JsonLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var line = new StringWriter();
            log._formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), log._scopes, line);
            lock (log._text)
            {
                log._text.Append(line);
            }
        }
    }
}
