using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>PostgreSQL is away for many times what memory holds, and comes back.</summary>
internal sealed class Away(FaultBench bench, int secondsAway) : IFault
{
    private const long SmallSpool = 1024 * 1024;

    public string Name => "away";

    public int FullRuns => 5;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, $"{Name} Spill", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.Spill)),
        await Repetition.RunAsync(bench, $"{Name} WriteAhead", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.WriteAhead)),
        await Repetition.RunAsync(bench, $"{Name}, spool of 1 MiB", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.Spill, SmallSpool)),
    ];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, LlmDurability durability, long? maxSpool = null)
    {
        var options = run.Options(durability);
        if (maxSpool is { } bytes)
        {
            options = options with { MaxSpoolBytes = bytes };
        }

        await Outage.RunAsync(run, row, seed, options, secondsAway, bench.Server.KillAsync, bench.Server.RestartAsync);
        await (maxSpool is null ? Verdict.NothingLostAsync(run, row, seed) : Verdict.LostIsCountedAsync(run, row, seed));
    }
}
