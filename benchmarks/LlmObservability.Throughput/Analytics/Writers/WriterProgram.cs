using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Throughput.Analytics.Generation;
using LlmObservability.Throughput.Analytics.Ingest;

namespace LlmObservability.Throughput.Analytics.Writers;

/// <summary>
/// What a child of <c>writers</c> does: at each line <c>go SECONDS</c> it writes batches as fast as it goes for so long, and then says how
/// many calls and how long it took. It ends at <c>stop</c>, and when its input closes, as it does when its parent is gone.
/// </summary>
internal sealed class WriterProgram(AnalyticsOptions options)
{
    public const string Verb = "write";
    public const string Ready = "ready";
    public const string Wrote = "wrote";
    public const string Go = "go";
    public const string Stop = "stop";

    /// <summary>Written before it is ready, so that no turn pays for compiling; they count as written.</summary>
    public const int WarmupBatches = 20;

    private const int BatchSize = 1_000;

    private readonly KeyedCalls _calls = new(options.Seed, options.Keys ?? KeyedCalls.DefaultKeys);
    private readonly Guid _writer = Guid.NewGuid();
    private long _sequence = 1;

    public async Task<bool> RunAsync()
    {
        var connection = options.Postgres ?? throw new FormatException($"{Verb} needs --postgres.");
        await using var store = PostgresLlmStore.Create(
            connection,
            new PostgresLlmOptions
            {
                Schema = WritersBenchmark.Schema,
                CommandTimeout = TimeSpan.FromMinutes(2),
                RollupTags = [OwnTags.PlanKey, OwnTags.JobKey],
                RollupInterval = TimeSpan.FromSeconds(options.Interval),
            },
            loggerFactory: new ReportedLog());
        await store.PrepareAsync(CancellationToken.None);
        var begin = Stopwatch.GetTimestamp();
        for (var batch = 0; batch < WarmupBatches; batch++)
        {
            await WriteAsync(store);
        }

        Say(Ready, _sequence - 1, begin);
        while (await Console.In.ReadLineAsync() is { } line && line != Stop)
        {
            var seconds = ThroughputOptions.Number(Go, line[Go.Length..].Trim(), 1, 600);
            var (before, began) = (_sequence, Stopwatch.GetTimestamp());
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                await WriteAsync(store);
            }

            Say(Wrote, _sequence - before, began);
        }

        return true;
    }

    private async Task WriteAsync(PostgresLlmStore store)
    {
        var result = await store.WriteAsync(new LlmBatch(_writer, _sequence, _calls.Create(BatchSize)), CancellationToken.None);
        if (result.Written != BatchSize)
        {
            throw new InvalidOperationException($"Of {BatchSize} calls {result.Written} were written.");
        }

        _sequence += BatchSize;
    }

    private static void Say(string word, long calls, long begin) =>
        Report.Line($"{word} {calls} {(long)Stopwatch.GetElapsedTime(begin).TotalMilliseconds}");
}
