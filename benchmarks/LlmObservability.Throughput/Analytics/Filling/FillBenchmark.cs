using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Throughput.Analytics.Generation;
using LlmObservability.Throughput.Analytics.Ingest;

namespace LlmObservability.Throughput.Analytics.Filling;

/// <summary>Generated calls into a schema that is made anew, through the store, several days at once.</summary>
internal sealed class FillBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    private const int BatchSize = 1_000;
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(15);

    private long _written;
    private long _refused;

    public async Task<bool> RunAsync()
    {
        var generated = new GeneratedCalls(options.Seed, options.End, options.Days, options.Calls);
        Report.Line($"fill: {options.Calls:N0} calls from {generated.From:u} to {generated.To:u}, seed {options.Seed}, {options.Writers} writers, {BatchSize:N0} rows a batch");
        await database.DropAsync(AnalyticsStore.Schema);
        var begin = Stopwatch.GetTimestamp();
        var days = new ConcurrentQueue<DateOnly>(generated.Days);
        var writers = Task.WhenAll(Enumerable.Range(0, options.Writers).Select(_ => Task.Run(() => WriteAsync(generated, days))));
        using (var timer = new PeriodicTimer(BetweenLines))
        {
            while (await Task.WhenAny(writers, timer.WaitForNextTickAsync().AsTask()) != writers)
            {
                Report.Line($"  {Stopwatch.GetElapsedTime(begin).TotalSeconds,6:F0} s {Interlocked.Read(ref _written),12:N0} rows, {days.Count} days to begin");
            }
        }

        await writers;
        var elapsed = Stopwatch.GetElapsedTime(begin);
        Report.Line($"{_written:N0} rows in {elapsed.TotalSeconds:F1} s, work in the background included: {_written / elapsed.TotalSeconds:N0} rows/s; put aside {_refused:N0}");

        begin = Stopwatch.GetTimestamp();
        await VacuumAsync();
        Report.Line($"vacuumed and analysed, as the server does by itself in time: {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s");
        var rows = await database.CountAsync(AnalyticsStore.Schema);
        Report.Line($"rows in the table: {rows:N0} of {options.Calls:N0}; the database takes {(long)(await database.ScalarAsync("SELECT pg_database_size(current_database())"))! / 1e9:F2} GB");
        return rows == options.Calls && _refused == 0;
    }

    private async Task WriteAsync(GeneratedCalls generated, ConcurrentQueue<DateOnly> days)
    {
        await using var store = await AnalyticsStore.OpenAsync(database, AnalyticsStore.Schema, options.Days);
        var (writer, sequence) = (Guid.NewGuid(), 1L);
        var keyed = options.Keys is { } keys ? new KeyedCalls(options.Seed, keys) : null;
        while (days.TryDequeue(out var day))
        {
            foreach (var made in generated.Of(day).Chunk(BatchSize))
            {
                var calls = keyed?.InPlaceOf(made) ?? made;
                var result = await store.WriteAsync(new LlmBatch(writer, sequence, calls), CancellationToken.None);
                sequence += calls.Length;
                Interlocked.Add(ref _written, result.Written);
                Interlocked.Add(ref _refused, result.Rejected?.Count ?? 0);
            }
        }

        await AnalyticsStore.SettleAsync(store);
    }

    /// <summary>Each partition by itself: the tables above them get no statistics, as nobody would make them there.</summary>
    private async Task VacuumAsync()
    {
        var tables = (string[]?)await database.ScalarAsync(
            $"""
            SELECT array_agg(c.oid::regclass::text ORDER BY c.relname) FROM pg_class c
            WHERE c.relnamespace = '{AnalyticsStore.Schema}'::regnamespace AND c.relkind = 'r'
            """) ?? [];
        foreach (var table in tables)
        {
            await database.ExecuteAsync($"VACUUM (ANALYZE) {table}");
        }

        await database.ExecuteAsync("CHECKPOINT");
    }
}
