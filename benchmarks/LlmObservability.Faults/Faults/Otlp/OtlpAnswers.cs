using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Otlp;

namespace LlmObservability.Faults.Faults.Otlp;

/// <summary>A receiver of OTLP that fails in every way that passes, by chance at half of the requests: nothing is lost, and what comes twice has its id.</summary>
internal sealed class OtlpAnswers(FaultBench bench) : IFault
{
    private const int CallsDuring = 3_000;

    private static readonly OtlpAnswer[] Failures =
    [
        OtlpAnswer.Busy(1), OtlpAnswer.Unavailable, OtlpAnswer.Unavailable with { Status = 502 }, OtlpAnswer.Unavailable with { Status = 504 },
        OtlpAnswer.Unavailable with { Status = 401 }, OtlpAnswer.Closed, OtlpAnswer.Hanging, OtlpAnswer.Garbage, OtlpAnswer.Page, OtlpAnswer.HalfJson,
        OtlpAnswer.TakenThenSilent, OtlpAnswer.TakenThenCut, OtlpAnswer.TakenThenHanging,
        OtlpAnswer.Garbage with { Takes = true }, OtlpAnswer.HalfJson with { Takes = true }, OtlpAnswer.Unavailable with { Takes = true },
    ];

    public string Name => "otlp-answers";

    public int FullRuns => 30;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, Name, runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, spans: false)),
        await Repetition.RunAsync(bench, $"{Name}, spans", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, spans: true)),
    ];

    private static async Task OnceAsync(FaultRun run, FaultRow row, int seed, bool spans)
    {
        await using var receiver = new OtlpFaultServer();
        var durability = (LlmDurability)(seed % 4);
        // All fits into memory: nothing that a failure holds up has to give way.
        var options = run.Options(durability, receiver, spans) with { Rate = 1_000, WriteTimeoutMilliseconds = 500, MaxQueueItems = 100_000 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(200);
        var failed = 0;
        var next = 0;
        receiver.Answer = _ =>
        {
            if (next++ % 2 == 0)
            {
                return OtlpAnswer.Taken;
            }

            failed++;
            return Failures[run.Random.Next(Failures.Length)];
        };
        await run.MoreAsync(CallsDuring);
        receiver.Answer = static _ => OtlpAnswer.Taken;
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        await run.StopAsync(child);
        await run.BringInAsync(options);
        row.Sample("requests that failed", failed);
        row.Sample("records that came again", receiver.Again);
        row.Must(failed > 0, seed, "no request failed");
        await Verdict.NothingLostAsync(run, row, seed);
    }
}
