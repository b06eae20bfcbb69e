using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Faults;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>A database that is reached through a proxy which can break, and directly to look what became of it.</summary>
public abstract class ProxiedDatabase(PostgresServer server) : PostgresDatabase(server)
{
    protected TcpFaultProxy Proxy { get; } = new(server?.Port ?? throw new ArgumentNullException(nameof(server)));

    protected string ProxiedConnectionString =>
        ConnectionString.Replace($"Port={Server.Port};", $"Port={Proxy.Port};", StringComparison.Ordinal);

    private readonly List<PostgresLlmStore> _stores = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A store with a pool of its own behind the proxy; disposed with the test.</summary>
    protected PostgresLlmStore Proxied(TimeSpan? commandTimeout = null, string more = "")
    {
        var options = new PostgresLlmOptions { CommandTimeout = commandTimeout ?? TimeSpan.FromSeconds(30) };
        _stores.Add(PostgresLlmStore.Create(ProxiedConnectionString + more, options));
        return _stores[^1];
    }

    /// <summary>Prepared, with the partitions of the scripted calls, so that the next write is claim, COPY and COMMIT.</summary>
    protected async Task ReadyAsync(PostgresLlmStore store, IReadOnlyList<LlmEnvelope> envelopes)
    {
        ArgumentNullException.ThrowIfNull(store);
        await store.PrepareAsync(Token);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token);
        // The upkeep has connections of its own, and nothing to do again for as long as a test takes.
        await Eventually.Is(() => store.Upkeep.All(state => state.EndedAt is not null), "each step of the upkeep was done");
        await ExecuteAsync("TRUNCATE llm.calls, llm.attempts, llm.tool_calls, llm.ledger");
    }

    /// <summary>As a pipeline does: again until it is taken, whatever comes of it, with a bound.</summary>
    protected static async Task<LlmWriteResult> WriteUntilTakenAsync(PostgresLlmStore store, LlmBatch batch)
    {
        ArgumentNullException.ThrowIfNull(store);
        for (var left = 20; ; left--)
        {
            try
            {
                return await store.WriteAsync(batch, Token);
            }
            catch (LlmSinkException exception) when (exception.Failure == LlmSinkFailure.Transient && left > 0)
            {
                // Again.
            }
        }
    }
}
