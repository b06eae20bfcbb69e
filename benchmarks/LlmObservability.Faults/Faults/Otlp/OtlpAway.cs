using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>The receiver of OTLP is away for longer than memory holds, and comes back.</summary>
internal sealed class OtlpAway(FaultBench bench, int secondsAway) : IFault
{
    private const int Rate = 3_000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public string Name => "otlp-away";

    public int FullRuns => 5;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, $"{Name} Spill", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.Spill)),
        await Repetition.RunAsync(bench, $"{Name} WriteAhead", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.WriteAhead)),
    ];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, LlmDurability durability)
    {
        await using var receiver = new OtlpFaultServer();
        var options = run.Options(durability, receiver) with { Rate = Rate, MaxQueueItems = 2 * Rate };
        var child = await run.StartAsync(options);
        await run.MoreAsync(2 * Rate);
        var before = child.Resident;
        receiver.GoDown();
        var most = before;
        var target = run.Promised + (Rate * secondsAway);
        await FaultRun.UntilAsync(
            async () =>
            {
                most = Math.Max(most, child.Resident);
                await Task.Delay(Look);
                return run.Promised >= target;
            },
            "calls go on while the receiver is away");
        var spooled = (await child.ReportAsync()).Sink.Spool;
        receiver.ComeUp();
        await run.MoreAsync(Rate);
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        most = Math.Max(most, child.Resident);
        await run.StopAsync(child);
        row.Sample("RSS before, MiB", before / 1024.0 / 1024.0);
        row.Sample("RSS most, MiB", most / 1024.0 / 1024.0);
        row.Sample("records in the spool", spooled?.Records ?? 0);
        row.Sample("records that came again", receiver.Again);
        row.Must(most < (2 * before) + (64 << 20), seed, $"memory grew from {before >> 20} to {most >> 20} MiB");
        await Verdict.NothingLostAsync(run, row, seed);
    }
}
