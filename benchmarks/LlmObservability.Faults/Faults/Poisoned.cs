using System.Globalization;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>Every kind of poison among the calls, with a kill of PostgreSQL in between: it is put aside or cleaned, and all else is in.</summary>
internal sealed class Poisoned(FaultBench bench) : IFault
{
    private long _made;
    private long _stored;
    private long _aside;

    public string Name => "poison";

    public int FullRuns => 10;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        var row = await Repetition.RunAsync(bench, Name, runs, seed, OnceAsync);
        row.Figure("poison made", _made.ToString(CultureInfo.InvariantCulture));
        row.Figure("of it cleaned and stored", _stored.ToString(CultureInfo.InvariantCulture));
        row.Figure("put aside with its reason", _aside.ToString(CultureInfo.InvariantCulture));
        return [row];
    }

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed)
    {
        var durability = (LlmDurability)(seed % 3);
        var options = run.Options(durability) with { Poison = true, MaxQueueItems = 10_000 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(1_000, 2_000));
        await bench.Server.KillAsync();
        await run.MoreAsync(500);
        await bench.Server.RestartAsync();
        await run.MoreAsync(500);
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        await run.StopAsync(child);
        var comparison = await Verdict.LostIsCountedAsync(run, row, seed);
        row.Must(comparison.Lost == 0, seed, $"{comparison.Lost} good records are not in; {Verdict.Evidence(comparison)}; {Verdict.Ends(run)}");
        _made += run.Ends.Sum(end => end.Poisoned);
        _stored += comparison.Stored.PoisonStored;
        _aside += comparison.Stored.Aside.Values.Sum() + run.Ends.Sum(end => end.Sink.Spool?.PutAside ?? 0);
    }
}
