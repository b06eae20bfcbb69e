using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Faults;

namespace LlmObservability.Faults.Faults;

/// <summary>Memory mode and every fault but SIGKILL of the application: what is lost was counted, exactly.</summary>
internal sealed class InMemory(FaultBench bench) : IFault
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public string Name => "memory";

    public int FullRuns => 50;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) => [await Repetition.RunAsync(bench, Name, runs, seed, OnceAsync)];

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed)
    {
        await using var proxy = new TcpFaultProxy(bench.Server.Port, seed);
        var options = run.Options(LlmDurability.Memory, proxy.Port) with
        {
            MaxQueueItems = run.Random.Next(100, 1_000),
            MaxBatchItems = 100,
            WriteTimeoutMilliseconds = 500,
            ShutdownMilliseconds = 2_000,
            WhenFull = (LlmFullPolicy)run.Random.Next(2),
            Host = run.Random.Next(2) == 0,
            Poison = run.Random.Next(4) == 0,
        };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(100, 1_000));
        for (var faults = run.Random.Next(1, 3); faults > 0; faults--)
        {
            await BreakAsync(run, proxy);
            await run.MoreAsync(run.Random.Next(100, 1_000));
        }

        // Whether what was under way at the end was committed would not be known: at the end nothing is.
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        if (run.Random.Next(3) == 0)
        {
            await bench.Server.KillAsync();
            await child.TellAsync("resume", "resumed");
            await run.MoreAsync(run.Random.Next(50, 2_000));
        }

        await (run.Random.Next(2) == 0 ? run.TerminateAsync(child) : run.StopAsync(child));
        await bench.Server.RestartAsync();
        await Verdict.LostIsCountedAsync(run, row, seed);
    }

    private async Task BreakAsync(FaultRun run, TcpFaultProxy proxy)
    {
        switch (run.Random.Next(5))
        {
            case 0:
                await bench.Server.KillAsync();
                await run.MoreAsync(run.Random.Next(100, 3_000));
                await bench.Server.RestartAsync();
                break;
            case 1:
                var trigger = TcpTrigger.AtText(TcpDirection.ToClient, "COMMIT", pass: false, TcpEnd.Reset);
                proxy.Set(trigger);
                await trigger.Fired.WaitAsync(Bound);
                break;
            case 2:
                proxy.BlackHole();
                await run.MoreAsync(run.Random.Next(100, 3_000));
                proxy.EndAll();
                proxy.Heal();
                break;
            case 3:
                proxy.Refuse();
                proxy.EndAll();
                await run.MoreAsync(run.Random.Next(100, 3_000));
                proxy.Heal();
                break;
            default:
                using (bench.Server.Freeze(postmaster: run.Random.Next(2) == 0))
                {
                    await run.MoreAsync(run.Random.Next(100, 3_000));
                }

                break;
        }
    }
}
