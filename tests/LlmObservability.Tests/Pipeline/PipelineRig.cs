using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmObservability.Tests.Pipeline;

/// <summary>One sink behind a wrapped client, on a clock that stands still, with its meter, its log and its health.</summary>
internal sealed class PipelineRig : IAsyncDisposable
{
    public static readonly TimeSpan Flush = TimeSpan.FromSeconds(1);

    private readonly LlmPipelineHealthCheck _health;
    private TaskCompletionSource _gate = new();

    public PipelineRig(Action<LlmObservabilityOptions>? configure = null, LlmPipelineHealthOptions? health = null)
    {
        var options = new LlmObservabilityOptions
        {
            Pipeline = { FlushInterval = Flush, WriteTimeout = TimeSpan.FromMinutes(10), RetryDelay = TimeSpan.FromMinutes(1), MaxRetryDelay = TimeSpan.FromMinutes(1) },
        };
        configure?.Invoke(options);
        Observer = LlmObserver.Create([Sink], options, Time, Log);
        Client = new ScriptedChatClient().WithLlmObservability(Observer);
        Meter = new MeterReader(Observer.PipelineMeter);
        _health = new LlmPipelineHealthCheck(Observer, health);
    }

    public ManualTimeProvider Time { get; } = new();

    public RecordingSink Sink { get; } = new();

    public RecordedLog Log { get; } = new();

    public MeterReader Meter { get; }

    public LlmObserver Observer { get; }

    public IChatClient Client { get; }

    public LlmSinkStatistics Statistics => Observer.GetStatistics().Sinks.Single();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task CallAsync(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            await Client.GetResponseAsync(Observing.Hello, null, Token);
        }
    }

    public Task FlushAsync() => Observer.FlushAsync(Token);

    public async Task CallAndFlushAsync(int count = 1)
    {
        await CallAsync(count);
        await FlushAsync();
    }

    /// <summary>Lets one call into a write that does not end until <see cref="Unblock"/>.</summary>
    public async Task BlockAsync()
    {
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (gate, begun) = (_gate, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Sink.BeforeWrite = (_, _) =>
        {
            begun.TrySetResult();
            return gate.Task;
        };
        await CallAsync();
        Time.Advance(Flush);
        await begun.Task.WaitAsync(Eventually.Bound, Token);
    }

    public void Unblock() => _gate.TrySetResult();

    public void FailWith(Exception error) => Sink.BeforeWrite = (_, _) => Task.FromException(error);

    /// <summary>Lets one call fail once; its retry is a minute away.</summary>
    public async Task FailOnceAsync(Exception error)
    {
        FailWith(error);
        var before = Statistics.Retries;
        await CallAsync();
        Time.Advance(Flush);
        await Eventually.Is(() => Statistics.Retries > before, "the write failed");
    }

    /// <summary>Lets the sink work again, and waits for the retry.</summary>
    public async Task RecoverAsync()
    {
        Sink.BeforeWrite = (_, _) => Task.CompletedTask;
        await Eventually.Is(
            () =>
            {
                Time.Advance(Flush);
                return Statistics.State == LlmSinkState.Working;
            },
            "the sink works again");
        // The state changes before it is told; a flush waits for both.
        await FlushAsync();
    }

    public Task<HealthCheckResult> HealthAsync() => _health.CheckHealthAsync(
        new HealthCheckContext { Registration = new HealthCheckRegistration("llm", _health, null, null) }, Token);

    public async Task<HealthStatus> StatusAsync() => (await HealthAsync()).Status;

    public async ValueTask DisposeAsync()
    {
        Meter.Dispose();
        Sink.BeforeWrite = (_, _) => Task.CompletedTask;
        Unblock();
        await Observer.DisposeAsync();
    }
}
