using System.Globalization;
using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>The receiver of OTLP refuses some records for good: by 400 until they stand alone, or a part of a request without saying which.</summary>
internal sealed class OtlpRefused(FaultBench bench) : IFault
{
    // Among the calls that have nothing beside them: what travels with a call is refused with it.
    private const int EveryNth = 160;
    private long _aside;

    public string Name => "otlp-refused";

    public int FullRuns => 10;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        var refused = await Repetition.RunAsync(bench, $"{Name}, 400", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, RefuseWhole));
        refused.Figure("put aside", _aside.ToString(CultureInfo.InvariantCulture));
        return
        [
            refused,
            await Repetition.RunAsync(bench, $"{Name}, partial success", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, RefusePart)),
        ];
    }

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, Func<IReadOnlyList<OtlpRecord>, OtlpAnswer> answer)
    {
        await using var receiver = new OtlpFaultServer { Answer = answer };
        var options = run.Options((LlmDurability)(1 + (seed % 2)), receiver) with { MaxQueueItems = 20_000 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(1_000, 3_000));
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        await run.StopAsync(child);
        _aside += run.Ends.Sum(end => end.Sink.Spool?.PutAside ?? 0);
        await Verdict.LostIsCountedAsync(run, row, seed);
    }

    private static bool IsRefused(OtlpRecord record) =>
        record["llm_observability.tag." + Child.Work.NumberTag] is { } number
        && int.Parse(number.AsSpan(number.IndexOf('/', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture) % EveryNth == 0;

    private static OtlpAnswer RefuseWhole(IReadOnlyList<OtlpRecord> records) =>
        records.Any(IsRefused) ? new OtlpAnswer { Status = 400 } : OtlpAnswer.Taken;

    private static OtlpAnswer RefusePart(IReadOnlyList<OtlpRecord> records)
    {
        var refused = records.Where(IsRefused).ToHashSet();
        return refused.Count == 0 ? OtlpAnswer.Taken : OtlpAnswer.Partial(refused.Count) with { But = refused };
    }
}
