using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>SIGTERM under load: a generic host and a console program, with PostgreSQL there or away.</summary>
internal sealed class Terminated(FaultBench bench) : IFault
{
    private const int BudgetMilliseconds = 4_000;

    // What a process needs beside: the runtime's own end, on a machine that does other things too.
    private static readonly TimeSpan Beside = TimeSpan.FromSeconds(4);

    public string Name => "sigterm";

    public int FullRuns => 20;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, Name, runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, away: false)),
        await Repetition.RunAsync(bench, $"{Name}, PostgreSQL away", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, away: true)),
    ];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, bool away)
    {
        LlmDurability[] modes = away
            ? [LlmDurability.Spill, LlmDurability.WriteAhead, LlmDurability.WriteAheadSynchronous]
            : [LlmDurability.Memory, LlmDurability.Spill, LlmDurability.WriteAhead, LlmDurability.WriteAheadSynchronous];
        var options = run.Options(modes[seed / 2 % modes.Length]) with { Host = seed % 2 == 0, ShutdownMilliseconds = BudgetMilliseconds };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(200, 2_000));
        if (away)
        {
            await bench.Server.KillAsync();
            await run.MoreAsync(run.Random.Next(100, 1_000));
        }

        var took = await run.TerminateAsync(child);
        var stopped = run.Ends[^1].StopSeconds;
        row.Sample("seconds to the pipeline's end", stopped);
        row.Sample("seconds to the process's end", took.TotalSeconds);
        row.Must(!bench.JudgesTimes || stopped <= (BudgetMilliseconds / 1_000.0) + 1, seed, $"the stop took {stopped} s of {BudgetMilliseconds} ms ({options})");
        row.Must(!bench.JudgesTimes || took <= TimeSpan.FromMilliseconds(BudgetMilliseconds) + Beside, seed, $"the process took {took.TotalSeconds} s to end ({options})");
        await bench.Server.RestartAsync();
        if (options.Durability != LlmDurability.Memory)
        {
            await run.BringInAsync(options);
        }

        await Verdict.NothingLostAsync(run, row, seed);
    }
}
