using LlmObservability.Postgres;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>A way of writing blocks of batches, over one connection or several at once.</summary>
internal interface IIngestWay
{
    /// <summary>How many write at once.</summary>
    int Writers { get; }

    Task WriteAsync(int writer, PlainCall[] calls);

    /// <summary>Ends once nothing is left to do for what was written.</summary>
    Task SettleAsync();
}

/// <summary>Through stores, each for itself as in several processes.</summary>
internal sealed class StoreWay(IReadOnlyList<PostgresLlmStore> stores) : IIngestWay
{
    private readonly (Guid Id, long Sequence)[] _writers = [.. stores.Select(_ => (Guid.NewGuid(), 1L))];

    public int Writers => stores.Count;

    public async Task WriteAsync(int writer, PlainCall[] calls)
    {
        var (id, sequence) = _writers[writer];
        _writers[writer].Sequence += calls.Length;
        var envelopes = Array.ConvertAll(calls, call => call.Envelope);
        await stores[writer].WriteAsync(new LlmBatch(id, sequence, envelopes), CancellationToken.None);
    }

    public Task SettleAsync() => Task.WhenAll(stores.Select(AnalyticsStore.SettleAsync));
}

/// <summary>By plain COPY.</summary>
internal sealed class PlainWay(IReadOnlyList<NpgsqlConnection> connections, string schema) : IIngestWay
{
    public int Writers => connections.Count;

    public Task WriteAsync(int writer, PlainCall[] calls) => PlainTables.WriteAsync(connections[writer], schema, calls);

    public Task SettleAsync() => Task.CompletedTask;
}
