using BenchmarkDotNet.Attributes;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Benchmarks;

/// <summary>A wrapped call without and with the log scope, over Microsoft's logger factory and a provider that takes scopes.</summary>
[MemoryDiagnoser]
public class LogScopeBenchmark
{
    private readonly InstantChatClient _bare = new(ObservedClients.Updates);
    private readonly ILoggerFactory _logs = LoggerFactory.Create(builder => builder.AddProvider(new Discarding()));
    private LlmObserver _plain = null!;
    private LlmObserver _scoped = null!;
    private IChatClient _off = null!;
    private IChatClient _on = null!;
    private LlmScope _scope = null!;

    [GlobalSetup]
    public void Setup()
    {
        _plain = Observe(callLogScope: false);
        _scoped = Observe(callLogScope: true);
        _off = _bare.WithLlmObservability(_plain);
        _on = _bare.WithLlmObservability(_scoped);
        _scope = LlmScope.Begin(("tenant", "acme"), ("route", "/chat"), ("color", "blue"));
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _scope.Dispose();
        await _plain.DisposeAsync();
        await _scoped.DisposeAsync();
        _logs.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Off() => _off.GetResponseAsync(ObservedClients.Messages);

    [Benchmark]
    public Task<ChatResponse> On() => _on.GetResponseAsync(ObservedClients.Messages);

    private LlmObserver Observe(bool callLogScope) => LlmObserver.Create(
        [new DiscardingSink()],
        new LlmObservabilityOptions
        {
            CallLogScope = callLogScope,
            Pipeline = { MaxQueueItems = 1_000_000, MaxQueueBytes = 1L << 30 },
        },
        loggerFactory: _logs);

    private sealed class Discarding : ILoggerProvider, ISupportExternalScope, ILogger
    {
        public void SetScopeProvider(IExternalScopeProvider scopeProvider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class DiscardingSink : ILlmSink
    {
        public string Name => "discard";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) =>
            new(new LlmWriteResult(batch.Envelopes.Count, 0));
    }
}
