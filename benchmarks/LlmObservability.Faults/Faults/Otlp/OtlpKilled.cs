using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>The application is ended by SIGKILL under load while it writes to a receiver of OTLP, in each mode; with a spool in half of the runs while that is away.</summary>
internal sealed class OtlpKilled(FaultBench bench) : IFault
{
    private const int Rate = 5_000;

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
        var options = run.Options(durability, receiver, spans) with
        {
            Rate = Rate,
            MaxQueueItems = 4 * Rate,
            Producers = durability == LlmDurability.WriteAheadSynchronous ? 16 : 4,
            Host = run.Random.Next(2) == 0,
        };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(100, 4_000));
        if (durability != LlmDurability.Memory && run.Random.Next(2) == 0)
        {
            receiver.GoDown();
            await run.MoreAsync(run.Random.Next(100, 2_000));
        }

        var killed = await child.KillAsync();
        receiver.ComeUp();
        if (durability != LlmDurability.Memory)
        {
            var replayed = await run.ReplayAsync(options);
            row.Must(replayed.Statistics.Dropped == 0, seed, $"the replay dropped {replayed.Statistics.Dropped}: {replayed.ToText()}");
        }

        row.Sample("records that came again", receiver.Again);
        // A call that was under way may be recorded, and its caller never told.
        var comparison = await Verdict.SoundAsync(run, row, seed, unpromised: options.Producers);
        Killed.Judge(row, seed, options, comparison, killed);
    }
}
