using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>Calls go on while what a child writes to is away for longer than memory holds; then it comes back, and takes all.</summary>
internal static class Outage
{
    /// <summary>Calls a second.</summary>
    public const int Rate = 3_000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <param name="run">The run.</param>
    /// <param name="row">Takes memory and spool.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="options">The child's.</param>
    /// <param name="seconds">How long it is away, by the calls that are made.</param>
    /// <param name="begin">Takes it away.</param>
    /// <param name="end">Brings it back.</param>
    public static async Task RunAsync(FaultRun run, FaultRow row, int seed, ChildOptions options, int seconds, Func<Task> begin, Func<Task> end)
    {
        var child = await run.StartAsync(options with { Rate = Rate, MaxQueueItems = 2 * Rate });
        await run.MoreAsync(2 * Rate);
        var before = child.Resident;
        await begin();
        var most = before;
        var target = run.Promised + (Rate * seconds);
        await FaultRun.UntilAsync(
            async () =>
            {
                most = Math.Max(most, child.Resident);
                await Task.Delay(Look);
                return run.Promised >= target;
            },
            "calls go on while it is away");
        var spooled = (await child.ReportAsync()).Sink.Spool;
        await end();
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
    }
}
