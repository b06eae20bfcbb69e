using LlmObservability.Postgres;
using Npgsql;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>
/// The store with everything on against plain COPY of the same rows into the same tables and indexes, by turns in blocks
/// long enough that the store's work in the background falls into its own.
/// </summary>
internal sealed class IngestBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    private const string StoreSchema = "throughput_ingest_store";
    private const string PlainSchema = "throughput_ingest_plain";
    private const int BatchSize = 1_000;
    private const int WarmupBatches = 100;

    private readonly KeyedCalls _calls = new(options.Seed, options.Keys ?? KeyedCalls.DefaultKeys);

    public async Task<bool> RunAsync()
    {
        Report.Line($"ingest: {options.Rounds} rounds of a block each way, {options.Batches} batches of {BatchSize:N0} calls a block, {options.Connections} at once");
        Report.Line($"each batch holds {_calls.Keys} rollup keys, from {_calls.Kinds} kinds of calls");
        await database.DropAsync(StoreSchema);
        await database.DropAsync(PlainSchema);
        await (await AnalyticsStore.OpenAsync(database, PlainSchema)).DisposeAsync();
        List<PostgresLlmStore> stores = [];
        List<NpgsqlConnection> connections = [];
        try
        {
            for (var i = 0; i < options.Connections; i++)
            {
                stores.Add(await AnalyticsStore.OpenAsync(database, StoreSchema));
                connections.Add(await database.DataSource.OpenConnectionAsync());
            }

            return await RunAsync(new StoreWay(stores), new PlainWay(connections, PlainSchema));
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }

            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async Task<bool> RunAsync(IIngestWay store, IIngestWay plain)
    {
        await RoundAsync(store, plain, WarmupBatches, storeFirst: true);
        List<(IngestBlock Store, IngestBlock Plain)> rounds = [];
        for (var round = 1; round <= options.Rounds; round++)
        {
            var (ours, theirs) = await RoundAsync(store, plain, options.Batches, storeFirst: round % 2 == 1);
            rounds.Add((ours, theirs));
            Report.Line($"  round {round,3}: store {ours.RowsPerSecond,7:N0} rows/s in {ours.Elapsed.TotalSeconds:F1} s, {ours.Settling.TotalSeconds:F2} of them settling; plain COPY {theirs.RowsPerSecond,7:N0} rows/s; ratio {ours.RowsPerSecond / theirs.RowsPerSecond:F3}");
        }

        Summarise("store", rounds.ConvertAll(round => round.Store));
        Summarise("plain COPY", rounds.ConvertAll(round => round.Plain));
        var ratios = rounds.ConvertAll(round => round.Store.RowsPerSecond / round.Plain.RowsPerSecond);
        var whole = rounds.Sum(round => round.Plain.Elapsed.TotalSeconds) / rounds.Sum(round => round.Store.Elapsed.TotalSeconds);
        Report.Line($"ratio: median {Report.Median(ratios):F3}, from {ratios.Min():F3} to {ratios.Max():F3}; of all rounds together {whole:F3}");

        var expected = (((long)options.Rounds * options.Batches) + WarmupBatches) * BatchSize;
        var (inStore, inPlain) = (await database.CountAsync(StoreSchema), await database.CountAsync(PlainSchema));
        Report.Line($"rows in the tables: {inStore:N0} and {inPlain:N0} of {expected:N0}");
        return inStore == expected && inPlain == expected;
    }

    private static void Summarise(string way, List<IngestBlock> blocks)
    {
        var processor = blocks.Sum(block => block.Processor.TotalMicroseconds) / blocks.Sum(block => block.Rows);
        Report.Line($"{way}: median {Report.Median(blocks.Select(block => block.RowsPerSecond)):N0} rows/s; {processor:F1} us of this process's processor time a row");
    }

    private async Task<(IngestBlock Store, IngestBlock Plain)> RoundAsync(IIngestWay store, IIngestWay plain, int count, bool storeFirst)
    {
        var batches = Enumerable.Range(0, count).Select(_ => Array.ConvertAll(_calls.Create(BatchSize), PlainCall.Of)).ToArray();
        // What making the rows left behind is nobody's cost; twice, so that the rows are old and collections leave them alone.
        GC.Collect();
        GC.Collect();
        if (storeFirst)
        {
            var first = await IngestBlock.RunAsync(store, batches);
            return (first, await IngestBlock.RunAsync(plain, batches));
        }

        var block = await IngestBlock.RunAsync(plain, batches);
        return (await IngestBlock.RunAsync(store, batches), block);
    }
}
