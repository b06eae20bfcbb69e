using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Logs;

/// <summary>Microsoft's logger factory over a provider that keeps each line with the scopes it was written in.</summary>
internal sealed class ScopedLog : IDisposable
{
    private readonly ConcurrentQueue<(string Message, object?[] Scopes)> _lines = new();

    public ScopedLog(Action<ILoggingBuilder>? configure = null)
    {
        Factory = LoggerFactory.Create(builder =>
        {
            builder.AddProvider(new Provider(_lines));
            configure?.Invoke(builder);
        });
        App = Factory.CreateLogger("Shop");
    }

    public ILoggerFactory Factory { get; }

    /// <summary>The application's own logger.</summary>
    public ILogger App { get; }

    public void Write(string message) => App.Log(LogLevel.Information, default, message, null, static (text, _) => text);

    /// <summary>What a line's scopes say, the innermost last: the id of a call, or the text of the application's own.</summary>
    public object?[] Scopes(string message) => _lines.Single(line => line.Message == message).Scopes;

    public void Dispose() => Factory.Dispose();

    private static object? Value(object? scope) =>
        scope is IReadOnlyList<KeyValuePair<string, object?>> { Count: 1 } state && state[0].Key == "llm_observability.call.id"
            ? state[0].Value
            : scope?.ToString();

    private sealed class Provider(ConcurrentQueue<(string, object?[])> lines) : ILoggerProvider, ISupportExternalScope, ILogger
    {
        private IExternalScopeProvider? _scopes;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new InvalidOperationException("The factory keeps the scopes.");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<object?>();
            _scopes?.ForEachScope(static (scope, list) => list.Add(Value(scope)), scopes);
            lines.Enqueue((formatter(state, exception), [.. scopes]));
        }

        public void Dispose()
        {
        }
    }
}
