using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>SIGTERM under load, with the receiver of OTLP there, away, or silent.</summary>
internal sealed class OtlpTerminated(FaultBench bench) : IFault
{
    private const int BudgetMilliseconds = 4_000;

    public string Name => "otlp-sigterm";

    public int FullRuns => 20;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) => [await Repetition.RunAsync(bench, Name, runs, seed, OnceAsync)];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed)
    {
        await using var receiver = new OtlpFaultServer();
        var isThere = seed % 3 == 0;
        LlmDurability[] modes = isThere
            ? [LlmDurability.Memory, LlmDurability.Spill, LlmDurability.WriteAhead, LlmDurability.WriteAheadSynchronous]
            : [LlmDurability.Spill, LlmDurability.WriteAhead, LlmDurability.WriteAheadSynchronous];
        var options = run.Options(modes[seed / 3 % modes.Length], receiver) with { Host = seed % 2 == 0, ShutdownMilliseconds = BudgetMilliseconds };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(200, 2_000));
        if (seed % 3 == 1)
        {
            await receiver.GoDownAsync();
        }
        else if (!isThere)
        {
            receiver.Answer = static _ => OtlpAnswer.Hanging;
        }

        await run.MoreAsync(run.Random.Next(100, 1_000));
        await run.TerminateAsync(child);
        var stopped = run.Ends[^1].StopSeconds;
        row.Sample("seconds to the pipeline's end", stopped);
        row.Must(!bench.JudgesTimes || stopped <= (BudgetMilliseconds / 1_000.0) + 1, seed, $"the stop took {stopped} s of {BudgetMilliseconds} ms ({options})");
        receiver.Answer = static _ => OtlpAnswer.Taken;
        await receiver.ComeUpAsync();
        if (options.Durability != LlmDurability.Memory)
        {
            await run.BringInAsync(options);
        }

        await Verdict.NothingLostAsync(run, row, seed);
    }
}
