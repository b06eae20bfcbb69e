using LlmObservability.Postgres;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Throughput;

/// <summary>
/// The sink against plain COPY, batch by batch in turn, into two schemas that the same migrations made: whatever else
/// the machine does meets both.
/// </summary>
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
        await using var connection = await database.DataSource.OpenConnectionAsync();
        Report.Line($"copy: {options.Rounds} rounds of {options.Batches} batches a way, {BatchSize:N0} rows a batch and transaction, batch by batch in turn");

        await RoundAsync(store, connection);
        List<(WayTotal Sink, WayTotal Plain)> rounds = [];
        for (var round = 1; round <= options.Rounds; round++)
        {
            var (sink, plain) = await RoundAsync(store, connection);
            rounds.Add((sink, plain));
            Report.Line($"  round {round,3}: sink {sink.RowsPerSecond,7:N0} rows/s, plain COPY {plain.RowsPerSecond,7:N0} rows/s, ratio {Ratio(sink, plain):F3}");
        }

        Summarise("sink", rounds.ConvertAll(round => round.Sink));
        Summarise("plain COPY", rounds.ConvertAll(round => round.Plain));
        var ratios = rounds.ConvertAll(round => Ratio(round.Sink, round.Plain));
        var whole = rounds.Sum(round => round.Plain.Elapsed.TotalSeconds) / rounds.Sum(round => round.Sink.Elapsed.TotalSeconds);
        Report.Line($"ratio: median of the rounds {Report.Median(ratios):F3}, from {ratios.Min():F3} to {ratios.Max():F3}; of all rounds together {whole:F3}");

        var (sinkBatch, plainBatch) =
            (Report.Median(rounds.SelectMany(round => round.Sink.Batches)), Report.Median(rounds.SelectMany(round => round.Plain.Batches)));
        Report.Line($"median batch: sink {sinkBatch:F2} ms, plain COPY {plainBatch:F2} ms, ratio {plainBatch / sinkBatch:F3}");

        var expected = (options.Rounds + 1L) * options.Batches * BatchSize;
        var (inSink, inPlain) = (await database.CountAsync(SinkSchema), await database.CountAsync(PlainSchema));
        Report.Line($"rows in the tables: {inSink:N0} and {inPlain:N0} of {expected:N0}");
        return inSink == expected && inPlain == expected;
    }

    private static double Ratio(WayTotal sink, WayTotal plain) => sink.RowsPerSecond / plain.RowsPerSecond;

    private static void Summarise(string way, List<WayTotal> rounds)
    {
        var processor = rounds.Aggregate(TimeSpan.Zero, (sum, round) => sum + round.Processor) / rounds.Sum(round => (double)round.Rows);
        Report.Line($"{way}: median {Report.Median(rounds.Select(round => round.RowsPerSecond)):N0} rows/s; {processor.TotalNanoseconds / 1000:F1} us of this process's processor time a row");
    }

    private async Task<(WayTotal Sink, WayTotal Plain)> RoundAsync(PostgresLlmStore store, NpgsqlConnection connection)
    {
        var envelopes = _samples.Create(options.Batches * BatchSize);
        var rows = PlainRow.Of(envelopes);
        // What making the rows left behind is nobody's cost.
        GC.Collect();
        var (sink, plain) = (new WayTotal(), new WayTotal());
        for (var start = 0; start < rows.Length; start += BatchSize)
        {
            var batch = new LlmBatch(_writer, _sequence, envelopes[start..(start + BatchSize)]);
            _sequence += BatchSize;
            async Task SinkAsync() => await store.WriteAsync(batch, CancellationToken.None);
            Task PlainAsync() => PlainCopy.WriteAsync(connection, PlainSchema, new ArraySegment<PlainRow>(rows, start, BatchSize));
            if (start / BatchSize % 2 == 0)
            {
                await sink.MeasureAsync(BatchSize, SinkAsync);
                await plain.MeasureAsync(BatchSize, PlainAsync);
            }
            else
            {
                await plain.MeasureAsync(BatchSize, PlainAsync);
                await sink.MeasureAsync(BatchSize, SinkAsync);
            }
        }

        return (sink, plain);
    }
}
