using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>PostgreSQL is ended by SIGKILL under load, once or twice, and started again while the load goes on, or after the application ended.</summary>
internal sealed class PostgresKilled(FaultBench bench) : IFault
{
    private const int LongestOutageMilliseconds = 1_200;

    public string Name => "postgres-kill";

    public int FullRuns => 50;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await Repetition.RunAsync(bench, $"{Name} Spill", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.Spill)),
        await Repetition.RunAsync(bench, $"{Name} WriteAhead", runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, LlmDurability.WriteAhead)),
    ];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, LlmDurability durability)
    {
        var options = run.Options(durability) with { MaxBatchItems = 200, ShutdownMilliseconds = 4_000 };
        var child = await run.StartAsync(options);
        var endsInOutage = run.Random.Next(3) == 0;
        for (var kills = run.Random.Next(1, 3); kills > 0; kills--)
        {
            await run.MoreAsync(run.Random.Next(200, 1_500));
            await bench.Server.KillAsync();
            await Task.Delay(run.Random.Next(LongestOutageMilliseconds));
            if (kills > 1 || !endsInOutage)
            {
                await bench.Server.RestartAsync();
            }
        }

        if (!endsInOutage)
        {
            await run.MoreAsync(run.Random.Next(200, 1_000));
        }

        await run.StopAsync(child);
        await bench.Server.RestartAsync();
        await run.BringInAsync(options);
        await Verdict.NothingLostAsync(run, row, seed);
    }
}
