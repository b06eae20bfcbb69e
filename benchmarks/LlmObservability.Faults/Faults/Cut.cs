using System.Globalization;
using LlmObservability.Faults.Harness;
using LlmObservability.Testing.Faults;

namespace LlmObservability.Faults.Faults;

/// <summary>Connections are cut: somewhere within COPY, with COMMIT on its way, and between COMMIT and its answer.</summary>
internal sealed class Cut(FaultBench bench) : IFault
{
    private const int CutsARun = 3;
    private const int LargestOffset = 150_000;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly string[] Kinds = ["within COPY", "COMMIT not passed on", "COMMIT passed on, answer not", "answer on its way"];

    public string Name => "cut";

    public int FullRuns => 200;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        var counts = new int[Kinds.Length];
        var row = await Repetition.RunAsync(bench, Name, runs, seed, (run, row, runSeed) => OnceAsync(run, row, runSeed, counts));
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            row.Figure(Kinds[kind], counts[kind].ToString(CultureInfo.InvariantCulture));
        }

        return [row];
    }

    private async Task OnceAsync(FaultRun run, FaultRow row, int seed, int[] counts)
    {
        await using var proxy = new TcpFaultProxy(bench.Server.Port, seed);
        var durability = seed % 2 == 0 ? LlmDurability.Spill : LlmDurability.WriteAhead;
        var options = run.Options(durability, proxy.Port) with { MaxBatchItems = 200, WriteTimeoutMilliseconds = 1_000 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(100);
        for (var cut = 0; cut < CutsARun; cut++)
        {
            var kind = run.Random.Next(Kinds.Length);
            counts[kind]++;
            var trigger = Trigger(kind, run.Random);
            proxy.Set(trigger);
            await trigger.Fired.WaitAsync(Bound);
            if (trigger.End == TcpEnd.BlackHole)
            {
                await run.MoreAsync(run.Random.Next(500, 2_500));
                proxy.EndAll();
            }

            proxy.Heal();
            await run.MoreAsync(run.Random.Next(50, 300));
        }

        await run.StopAsync(child);
        await run.BringInAsync(options);
        await Verdict.NothingLostAsync(run, row, seed);
    }

    private static TcpTrigger Trigger(int kind, Random random)
    {
        var end = random.Next(6) == 0 ? TcpEnd.BlackHole : random.Next(2) == 0 ? TcpEnd.Close : TcpEnd.Reset;
        return kind switch
        {
            0 => TcpTrigger.AfterBytes(TcpDirection.ToServer, random.Next(LargestOffset), end),
            1 => TcpTrigger.AtText(TcpDirection.ToServer, "COMMIT", pass: false, end, random.Next(3)),
            2 => TcpTrigger.AtText(TcpDirection.ToServer, "COMMIT", pass: true, end, random.Next(3)),
            _ => TcpTrigger.AtText(TcpDirection.ToClient, "COMMIT", pass: false, end, random.Next(3)),
        };
    }
}
