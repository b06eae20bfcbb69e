using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Sinks;

namespace LlmObservability.Throughput;

/// <summary>The sink against plain COPY, in turn, into two schemas that the same migrations made.</summary>
internal sealed class CopyBenchmark(BenchmarkDatabase database, ThroughputOptions options)
{
    private const string SinkSchema = "throughput_sink";
    private const string PlainSchema = "throughput_plain";
    private const int BatchSize = 1_000;

    private readonly Guid _writer = Guid.NewGuid();
    private readonly SampleCalls _samples = new(seed: 1);
    private long _sequence = 1;

    public async Task<bool> RunAsync()
    {
        await database.DescribeAsync();
        await using var store = await database.CreateStoreAsync(SinkSchema);
        await (await database.CreateStoreAsync(PlainSchema)).DisposeAsync();
        var rowsARound = options.Batches * BatchSize;
        Report.Line($"copy: {options.Rounds} rounds of {rowsARound:N0} rows a way, {BatchSize:N0} rows a batch and transaction");

        await RoundAsync(store, _samples.Create(rowsARound), sinkFirst: true);
        List<(double Sink, double Plain)> rounds = [];
        for (var round = 1; round <= options.Rounds; round++)
        {
            var (sink, plain) = await RoundAsync(store, _samples.Create(rowsARound), sinkFirst: round % 2 == 0);
            rounds.Add((sink, plain));
            Report.Line($"  round {round,3}: sink {sink,9:N0} rows/s, plain COPY {plain,9:N0} rows/s, ratio {sink / plain:F3}");
        }

        Report.Line($"median: sink {Report.Median(rounds.Select(r => r.Sink)):N0} rows/s, plain COPY {Report.Median(rounds.Select(r => r.Plain)):N0} rows/s");
        Report.Line($"ratio: median {Report.Median(rounds.Select(r => r.Sink / r.Plain)):F3}, from {rounds.Min(r => r.Sink / r.Plain):F3} to {rounds.Max(r => r.Sink / r.Plain):F3}");

        var expected = (options.Rounds + 1L) * rowsARound;
        var (inSink, inPlain) = (await database.CountAsync(SinkSchema), await database.CountAsync(PlainSchema));
        Report.Line($"rows in the tables: {inSink:N0} and {inPlain:N0} of {expected:N0}");
        return inSink == expected && inPlain == expected;
    }

    private async Task<(double Sink, double Plain)> RoundAsync(PostgresLlmStore store, LlmCallEnvelope[] envelopes, bool sinkFirst)
    {
        var rows = PlainRow.Of(envelopes);
        if (sinkFirst)
        {
            var first = await SinkAsync(store, envelopes);
            return (first, await PlainAsync(rows));
        }

        var plain = await PlainAsync(rows);
        return (await SinkAsync(store, envelopes), plain);
    }

    private async Task<double> SinkAsync(PostgresLlmStore store, LlmCallEnvelope[] envelopes)
    {
        var batches = envelopes.Chunk(BatchSize).Select(chunk => new LlmBatch(_writer, (_sequence += BatchSize) - BatchSize, chunk)).ToArray();
        return await RateAsync(envelopes.Length, async () =>
        {
            foreach (var batch in batches)
            {
                var result = await store.WriteAsync(batch, CancellationToken.None);
                if (result.Written != BatchSize)
                {
                    throw new InvalidOperationException($"The sink wrote {result.Written} of {BatchSize} rows.");
                }
            }
        });
    }

    private async Task<double> PlainAsync(PlainRow[] rows)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        return await RateAsync(rows.Length, async () =>
        {
            for (var i = 0; i < rows.Length; i += BatchSize)
            {
                await PlainCopy.WriteAsync(connection, PlainSchema, new ArraySegment<PlainRow>(rows, i, BatchSize));
            }
        });
    }

    private static async Task<double> RateAsync(int rows, Func<Task> write)
    {
        // What making the rows left behind is nobody's cost.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var begin = Stopwatch.GetTimestamp();
        await write();
        return rows / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
