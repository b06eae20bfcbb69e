using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>PostgreSQL is away for many times what memory holds, and comes back.</summary>
internal sealed class Away(FaultBench bench, int secondsAway) : IFault
{
    private const int Rate = 3_000;
    private const long SmallSpool = 1024 * 1024;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

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
        var options = run.Options(durability) with { Rate = Rate, MaxQueueItems = 2 * Rate };
        if (maxSpool is { } bytes)
        {
            options = options with { MaxSpoolBytes = bytes };
        }

        var child = await run.StartAsync(options);
        await run.MoreAsync(2 * Rate);
        var before = child.Resident;
        await bench.Server.KillAsync();
        var most = before;
        var target = run.Promised + (Rate * secondsAway);
        await FaultRun.UntilAsync(
            async () =>
            {
                most = Math.Max(most, child.Resident);
                await Task.Delay(Look);
                return run.Promised >= target;
            },
            "calls go on while the server is away");
        var spooled = (await child.ReportAsync()).Sink.Spool;
        await bench.Server.RestartAsync();
        await run.MoreAsync(Rate);
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        most = Math.Max(most, child.Resident);
        await run.StopAsync(child);
        row.Sample("RSS before, MiB", before / 1024.0 / 1024.0);
        row.Sample("RSS most, MiB", most / 1024.0 / 1024.0);
        row.Sample("spool, MiB", (spooled?.Bytes ?? 0) / 1024.0 / 1024.0);
        row.Sample("records in the spool", spooled?.Records ?? 0);
        // Twice what it was: what is spooled is many times that.
        row.Must(most < (2 * before) + (64 << 20), seed, $"memory grew from {before >> 20} to {most >> 20} MiB");
        await (maxSpool is null ? Verdict.NothingLostAsync(run, row, seed) : Verdict.LostIsCountedAsync(run, row, seed));
    }
}
