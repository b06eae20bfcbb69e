using System.Diagnostics;
using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>The application is ended by SIGKILL under load, in each mode; with a spool in half of the runs while PostgreSQL is away.</summary>
internal sealed class Killed(FaultBench bench) : IFault
{
    private const int Rate = 5_000;

    // Of a log that is written and flushed all the time; only a disk that hangs takes longer.
    private static readonly TimeSpan LongestGroup = TimeSpan.FromSeconds(5);

    public string Name => "kill";

    public int FullRuns => 50;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        List<FaultRow> rows = [];
        foreach (var durability in Enum.GetValues<LlmDurability>())
        {
            rows.Add(await Repetition.RunAsync(
                bench, $"{Name} {durability}", runs, seed,
                (run, row, runSeed) => OnceAsync(run, row, runSeed, run.Options(durability), bench.Server.KillAsync, bench.Server.RestartAsync)));
        }

        return rows;
    }

    /// <summary>One life under load, ended by SIGKILL, and the next one; where there is a spool, in half of the runs while the store is away.</summary>
    public static async Task OnceAsync(FaultRun run, FaultRow row, int seed, ChildOptions mode, Func<Task> goAway, Func<Task> comeBack)
    {
        var options = mode with
        {
            Rate = Rate,
            MaxQueueItems = 4 * Rate,
            Producers = mode.Durability == LlmDurability.WriteAheadSynchronous ? 16 : 4,
            Host = run.Random.Next(2) == 0,
        };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(100, 4_000));
        if (mode.Durability != LlmDurability.Memory && run.Random.Next(2) == 0)
        {
            await goAway();
            await run.MoreAsync(run.Random.Next(100, 2_000));
        }

        var killed = await child.KillAsync();
        await comeBack();
        if (mode.Durability != LlmDurability.Memory)
        {
            var replayed = await run.ReplayAsync(options);
            row.Must(replayed.Statistics.Dropped == 0, seed, $"the replay dropped {replayed.Statistics.Dropped}: {replayed.ToText()}");
        }

        // A call that was under way may be recorded, and its caller never told.
        var comparison = await Verdict.SoundAsync(run, row, seed, unpromised: options.Producers);
        Judge(row, seed, options, comparison, killed);
    }

    /// <summary>What was lost is what the mode may lose, and came last.</summary>
    private static void Judge(FaultRow row, int seed, ChildOptions options, Comparison comparison, long killed)
    {
        var lost = comparison.LostCalls.Concat(comparison.LostLater).ToArray();
        var oldest = lost.Length == 0 ? TimeSpan.Zero : lost.Max(entry => Stopwatch.GetElapsedTime(entry.ReturnedAt, killed));
        row.Sample("records lost with the process", lost.Length);
        row.Sample("the oldest returned before, ms", oldest.TotalMilliseconds);
        var evidence = $"{comparison.LostCalls.Count} calls and {comparison.LostLater.Count} later records lost of {comparison.Promised.Count}, the oldest had returned {oldest.TotalMilliseconds:0} ms before; {Verdict.Evidence(comparison)}";
        row.Must(HasNoHole(comparison), seed, "what was lost is not what came last: " + evidence);
        var bound = options.MaxQueueItems + (2 * options.MaxBatchItems);
        var holds = options.Durability switch
        {
            LlmDurability.Memory or LlmDurability.Spill => lost.Length <= bound,
            LlmDurability.WriteAhead => oldest < LongestGroup,
            // What comes after a call waits for nothing: it is written ahead as in the mode before.
            _ => comparison.LostCalls.Count == 0 && oldest < LongestGroup,
        };
        row.LostIs(holds ? 0 : lost.Length);
        row.Must(holds, seed, evidence);
    }

    /// <summary>Each producer's lost calls are its last ones.</summary>
    private static bool HasNoHole(Comparison comparison)
    {
        var firstLost = comparison.LostCalls.GroupBy(entry => entry.Producer).ToDictionary(group => group.Key, group => group.Min(entry => entry.Number));
        var lost = comparison.LostCalls.Select(entry => entry.Id).ToHashSet();
        return comparison.Promised.All(entry => !firstLost.TryGetValue(entry.Producer, out var first) || entry.Number < first || lost.Contains(entry.Id));
    }
}
