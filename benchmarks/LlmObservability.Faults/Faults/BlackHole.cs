using System.Diagnostics;
using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Faults;

namespace LlmObservability.Faults.Faults;

/// <summary>PostgreSQL no longer answers and no connection ends: a network that swallows, and sessions that are stopped.</summary>
internal sealed class BlackHole(FaultBench bench) : IFault
{
    private const int CallsBefore = 2_000;
    private const int CallsDuring = 5_000;

    // Beyond this it is the library, not the machine.
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(5);

    public string Name => "blackhole";

    public int FullRuns => 10;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, $"{Name}, the network", runs, seed, NetworkAsync),
        await Repetition.RunAsync(bench, $"{Name}, sessions stopped", runs, seed, (run, row, runSeed) => StoppedAsync(run, row, runSeed, postmaster: false)),
        await Repetition.RunAsync(bench, $"{Name}, the server stopped", runs, seed, (run, row, runSeed) => StoppedAsync(run, row, runSeed, postmaster: true)),
    ];

    private async Task NetworkAsync(FaultRun run, FaultRow row, int seed)
    {
        await using var proxy = new TcpFaultProxy(bench.Server.Port, seed);
        await OnceAsync(run, row, seed, proxy.Port, proxy.BlackHole, proxy.Heal);
    }

    private async Task StoppedAsync(FaultRun run, FaultRow row, int seed, bool postmaster)
    {
        IDisposable? frozen = null;
        try
        {
            await OnceAsync(run, row, seed, port: null, () => frozen = bench.Server.Freeze(postmaster), () => frozen?.Dispose());
        }
        finally
        {
            frozen?.Dispose();
        }
    }

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, int? port, Action begin, Action end)
    {
        var durability = (LlmDurability)(1 + (seed % 2));
        var options = run.Options(durability, port) with { WriteTimeoutMilliseconds = 1_000 };
        var child = await run.StartAsync(options);
        // The first calls wait for the compiler.
        await run.MoreAsync(CallsBefore);
        var start = Stopwatch.GetTimestamp();
        await run.MoreAsync(CallsBefore);
        var broken = Stopwatch.GetTimestamp();
        begin();
        await run.MoreAsync(CallsDuring);
        var healed = Stopwatch.GetTimestamp();
        end();
        await run.MoreAsync(1_000);
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        row.Sample("seconds until all was written", Stopwatch.GetElapsedTime(healed).TotalSeconds);
        await run.StopAsync(child);
        await run.BringInAsync(options);
        Judge(row, seed, run.ReadLedger(), start, broken, healed);
        await Verdict.NothingLostAsync(run, row, seed);
    }

    private void Judge(FaultRow row, int seed, List<LedgerEntry> ledger, long start, long broken, long healed)
    {
        var before = Percentiles.Of(ledger.Where(entry => entry.ReturnedAt > start && entry.ReturnedAt < broken));
        var during = Percentiles.Of(ledger.Where(entry => entry.ReturnedAt > broken && entry.ReturnedAt < healed));
        row.Sample("p50 before, us", before.Median.TotalMicroseconds);
        row.Sample("p50 during, us", during.Median.TotalMicroseconds);
        row.Sample("p99 before, us", before.Ninetyninth.TotalMicroseconds);
        row.Sample("p99 during, us", during.Ninetyninth.TotalMicroseconds);
        row.Must(!bench.JudgesTimes || during.Ninetyninth < (5 * before.Ninetyninth) + Noise, seed,
            $"p99 of a call was {before.Ninetyninth.TotalMicroseconds:0} us before and {during.Ninetyninth.TotalMicroseconds:0} us during the fault");
    }
}
