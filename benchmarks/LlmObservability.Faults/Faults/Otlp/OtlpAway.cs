using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>The receiver of OTLP is away for longer than memory holds, and comes back.</summary>
internal sealed class OtlpAway(FaultBench bench, int secondsAway) : IFault
{
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
        await Outage.RunAsync(run, row, seed, run.Options(durability, receiver), secondsAway, receiver.GoDownAsync, receiver.ComeUpAsync);
        row.Sample("records that came again", receiver.Again);
        await Verdict.NothingLostAsync(run, row, seed);
    }
}
