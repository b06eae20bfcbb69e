using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>The application is ended by SIGKILL under load while it writes to a receiver of OTLP, in each mode; with a spool in half of the runs while that is away.</summary>
internal sealed class OtlpKilled(FaultBench bench) : IFault
{
    public string Name => "otlp-kill";

    public int FullRuns => 20;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        List<FaultRow> rows = [];
        foreach (var durability in Enum.GetValues<LlmDurability>())
        {
            rows.Add(await Repetition.RunAsync(bench, $"{Name} {durability}", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, durability)));
        }

        rows.Add(await Repetition.RunAsync(
            bench, $"{Name} WriteAhead, spans", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.WriteAhead, spans: true)));
        return rows;
    }

    private static async Task OnceAsync(FaultRun run, FaultRow row, int seed, LlmDurability durability, bool spans = false)
    {
        await using var receiver = new OtlpFaultServer();
        await Killed.OnceAsync(run, row, seed, run.Options(durability, receiver, spans), receiver.GoDownAsync, receiver.ComeUpAsync);
        row.Sample("records that came again", receiver.Again);
    }
}
