using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>
/// The disk takes nothing more while it is needed: the system's bound on the size of files in a child, and a full, a read-only,
/// a failing and a hanging disk in a file layer. Calls go on, drops are counted, and it recovers by itself.
/// </summary>
internal sealed class DiskRefused(FaultBench bench) : IFault
{
    // Above what a ledger's file and the spool's state take, below what an outage brings.
    private const long FileBytes = 64 * 1024;

    public string Name => "disk";

    public int FullRuns => 5;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        List<FaultRow> rows = [];
        if (OperatingSystem.IsLinux())
        {
            rows.Add(await Repetition.RunAsync(bench, $"{Name}, files bounded by the system", runs, seed, BoundedAsync));
        }

        foreach (var layer in DiskLayer.All)
        {
            rows.Add(await layer.RunAsync($"{Name} {layer.Name}", runs, seed));
        }

        rows.Add(await new DiskHangs($"{Name} hanging while the log opens", whileOpening: true).RunAsync(runs, seed));
        rows.Add(await new DiskHangs($"{Name} hanging while the log saves its state", whileOpening: false).RunAsync(runs, seed));
        return rows;
    }

    private async Task BoundedAsync(FaultRun run, FaultRow row, int seed)
    {
        var durability = (LlmDurability)(1 + (seed % 3));
        var options = run.Options(durability) with { MaxQueueItems = 1_000, Producers = 8 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(200, 1_000));
        await child.TellAsync($"limit {FileBytes}", "limited");
        await bench.Server.KillAsync();
        // In the synchronous mode a call waits, within its bound, for a disk that does not take it.
        await run.MoreAsync(durability == LlmDurability.WriteAheadSynchronous ? 8 : run.Random.Next(2_000, 6_000));
        var during = await child.ReportAsync();
        row.Sample("dropped meanwhile", during.Statistics.Dropped);
        row.Must(
            durability == LlmDurability.WriteAheadSynchronous || during.Sink.Spool is { FailingSince: not null }, seed,
            $"the spool does not say that it fails: {during.ToText()}");
        await child.TellAsync("limit 0", "limited");
        await bench.Server.RestartAsync();
        await run.MoreAsync(run.Random.Next(200, 1_000));
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        var after = await child.ReportAsync();
        row.Must(after.Sink.Spool is { FailingSince: null }, seed, $"the spool does not recover: {after.ToText()} {child.Errors}");
        await run.StopAsync(child);
        await run.BringInAsync(options);
        await Verdict.LostIsCountedAsync(run, row, seed);
    }
}
