using System.Globalization;
using LlmObservability.Postgres;
using LlmObservability.Throughput.Analytics.Generation;
using LlmObservability.Throughput.Analytics.Ingest;

namespace LlmObservability.Throughput.Analytics.Writers;

/// <summary>Rows a second of many processes that write into one schema at once against those of one, by turns, and what they wait for.</summary>
internal sealed class WritersBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    public const string Schema = "throughput_writers";

    private const double RatioBound = 0.8;
    private const int MostSecondsBetweenFolds = 10;

    private readonly List<double> _alone = [];
    private readonly List<double> _together = [];

    public async Task<bool> RunAsync()
    {
        Report.Line($"writers: {options.Rounds} rounds of {options.Seconds} s by one process and by {options.Processes} at once, batches of 1,000 calls, {options.Keys ?? KeyedCalls.DefaultKeys} rollup keys each, the same ones for all");
        await database.DropAsync(Schema);
        await using var store = PostgresLlmStore.Create(
            database.ConnectionString,
            new PostgresLlmOptions { Schema = Schema, CommandTimeout = TimeSpan.FromMinutes(10), RollupTags = [OwnTags.PlanKey, OwnTags.JobKey] });
        var begun = DateOnly.FromDateTime(DateTime.UtcNow);
        var deadlocks = await DeadlocksAsync();
        List<WriterProcess> processes = [];
        try
        {
            // All at once on an empty database, so that they meet over its migrations too.
            for (var i = 0; i < options.Processes; i++)
            {
                processes.Add(new WriterProcess(i, Arguments(i)));
            }

            await Task.WhenAll(processes.Select(process => process.ReadyAsync()));
            for (var round = 1; round <= options.Rounds; round++)
            {
                await RoundAsync(round, processes);
            }

            var ended = (await Task.WhenAll(processes.Select(process => process.StopAsync()))).All(well => well);
            return await JudgeAsync(store, processes.Sum(process => process.Calls), begun, await DeadlocksAsync() - deadlocks) && ended;
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    /// <summary>Each folds at its own pace.</summary>
    private string[] Arguments(int process) =>
    [
        "--postgres", database.ConnectionString,
        "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
        "--keys", (options.Keys ?? KeyedCalls.DefaultKeys).ToString(CultureInfo.InvariantCulture),
        "--interval", (1 + (process % MostSecondsBetweenFolds)).ToString(CultureInfo.InvariantCulture),
    ];

    private async Task RoundAsync(int round, List<WriterProcess> processes)
    {
        Report.Line($"  round {round}, load {BenchmarkDatabase.Load()}");
        var one = processes[(round - 1) % processes.Count];
        if (round % 2 == 1)
        {
            _alone.Add(await MeasureAsync([one]));
            _together.Add(await MeasureAsync(processes));
        }
        else
        {
            _together.Add(await MeasureAsync(processes));
            _alone.Add(await MeasureAsync([one]));
        }
    }

    private async Task<double> MeasureAsync(List<WriterProcess> processes)
    {
        await using var watch = new WaitWatch(database.DataSource);
        var rates = await Task.WhenAll(processes.Select(process => process.WriteAsync(options.Seconds)));
        Report.Line($"  {processes.Count} at once: {rates.Sum():N0} rows/s{(rates.Length > 1 ? FormattableString.Invariant($", of a process {rates.Min():N0} to {rates.Max():N0}") : "")}");
        await watch.ReportAsync();
        return rates.Sum();
    }

    private async Task<bool> JudgeAsync(PostgresLlmStore store, long said, DateOnly begun, long deadlocks)
    {
        var ratios = _together.Zip(_alone, (together, alone) => together / alone).ToArray();
        var ratio = Report.Median(_together) / Report.Median(_alone);
        Report.Line($"one process: median {Report.Median(_alone):N0} rows/s; {options.Processes}: {Report.Median(_together):N0}");
        Report.Line($"ratio of the medians {ratio:F3}, bound {RatioBound}; of the rounds from {ratios.Min():F3} to {ratios.Max():F3}");
        var rows = await database.CountAsync(Schema);
        Report.Line($"deadlocks: {deadlocks}; rows in the table: {rows:N0} of {said:N0} that were said to be written");

        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var differences = (await store.CheckRollupsAsync(begun, today, CancellationToken.None)).ToList();
        Report.Line($"rollups before folding: {differences.Count} differences");
        await store.FoldRollupsAsync(CancellationToken.None);
        differences.AddRange(await store.CheckRollupsAsync(begun, today, CancellationToken.None));
        Report.Line($"rollups after it: {differences.Count} differences in all; load {BenchmarkDatabase.Load()}");
        differences.ForEach(difference => Report.Line($"  {difference}"));
        return ratio >= RatioBound && deadlocks == 0 && rows == said && differences.Count == 0;
    }

    private async Task<long> DeadlocksAsync() =>
        (long)(await database.ScalarAsync("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))!;
}
