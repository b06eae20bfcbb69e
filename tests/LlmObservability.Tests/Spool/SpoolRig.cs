using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Segments;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Spool;

/// <summary>
/// Processes one after the other over one disk and one store: each has an observer of its own, and ends as told. The store
/// recognises what it has by its number, as PostgreSQL does.
/// </summary>
internal sealed class SpoolRig(Action<LlmPipelineOptions>? configure = null, TimeProvider? time = null) : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public FaultFiles Files { get; set; } = new();

    public InMemoryLlmStore Store { get; } = new();

    public RecordingSink Gate { get; } = new("gated");

    public RecordedLog Log { get; } = new();

    public LlmObserver Observer { get; private set; } = null!;

    public IChatClient Client { get; private set; } = null!;

    public LlmSinkStatistics Statistics => Observer.GetStatistics().Sinks.Single();

    public LlmSpoolStatistics Spool => Statistics.Spool!;

    /// <summary>The calls that were promised, by every process.</summary>
    public List<Guid> Promised { get; } = [];

    public SpoolRig Start(LlmDurability durability = LlmDurability.Spill, Action<LlmPipelineOptions>? more = null)
    {
        var options = new LlmObservabilityOptions();
        options.Pipeline.Directory = "/spool";
        options.Pipeline.Durability = durability;
        options.Pipeline.FlushInterval = TimeSpan.FromMilliseconds(5);
        options.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(2);
        options.Pipeline.MaxRetryDelay = TimeSpan.FromMilliseconds(20);
        configure?.Invoke(options.Pipeline);
        more?.Invoke(options.Pipeline);
        var files = Files;
        Observer = new LlmObserver(options, [new GatedStore(this)], time ?? TimeProvider.System, Log, meters: null, _ => files);
        Observer.Start();
        Client = new ScriptedChatClient().WithLlmObservability(Observer);
        return this;
    }

    public async Task CallAsync(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            var response = await Client.GetResponseAsync(Observing.Hello, null, Token);
            Promised.Add(response.GetLlmCall()!.Id);
        }
    }

    /// <summary>Nothing gets to the store until <see cref="Reach"/>.</summary>
    public void Cut() => Gate.BeforeWrite = (_, _) => throw new LlmSinkException("The store is away.");

    public void Reach() => Gate.BeforeWrite = (_, _) => Task.CompletedTask;

    public Task FlushAsync() => Observer.FlushAsync(Token);

    /// <summary>The process is gone at once; its disk is not.</summary>
    public void Kill()
    {
        Files = Files.AfterKill();
        Observer.Dispose();
    }

    public async Task StopAsync() => await Observer.DisposeAsync();

    /// <summary>What the store has, in the order in which it was started.</summary>
    public async Task<List<Guid>> StoredAsync()
    {
        var calls = new List<LlmCall>();
        await foreach (var call in Store.ExportAsync(new LlmFilter(), Token))
        {
            calls.Add(call);
        }

        return [.. calls.Select(call => call.Id)];
    }

    public async Task EverythingIsStoredOnceAsync()
    {
        (await StoredAsync()).Order().ShouldBe(Promised.Order());
        Store.Count.ShouldBe(Promised.Count);
    }

    public async ValueTask DisposeAsync()
    {
        Reach();
        if (Observer is not null)
        {
            await Observer.DisposeAsync();
        }
    }

    /// <summary>The store behind the gate.</summary>
    private sealed class GatedStore(SpoolRig rig) : ILlmSink
    {
        public string Name => "gated";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => rig.Gate.PrepareAsync(cancellationToken);

        public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
        {
            await rig.Gate.WriteAsync(batch, cancellationToken);
            return await rig.Store.WriteAsync(batch, cancellationToken);
        }
    }
}
