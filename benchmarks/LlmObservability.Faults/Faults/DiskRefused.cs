using LlmObservability.Faults.Harness;
using LlmObservability.Faults.InProcess;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.Faults;

/// <summary>
/// The disk takes nothing more while it is needed: the system's bound on the size of files in a child, and a full, a read-only and
/// a failing disk in a file layer. Calls go on, drops are counted, and it recovers by itself.
/// </summary>
internal sealed class DiskRefused(FaultBench bench) : IFault
{
    // Above what a ledger's file and the spool's state take, below what an outage brings.
    private const long FileBytes = 64 * 1024;
    private const int CallsInProcess = 300;
    private const int MostProblems = 3;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public string Name => "disk";

    public int FullRuns => 5;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        List<FaultRow> rows = [];
        if (OperatingSystem.IsLinux())
        {
            rows.Add(await Repetition.RunAsync(bench, $"{Name}, files bounded by the system", runs, seed, BoundedAsync));
        }

        rows.Add(await InProcessAsync($"{Name} full", runs, seed, (files, refuses) => files.Room = refuses ? files.Contents.Count * 100 : long.MaxValue));
        rows.Add(await InProcessAsync($"{Name} read-only", runs, seed, (files, refuses) => files.IsReadOnly = refuses));
        rows.Add(await InProcessAsync($"{Name} failing", runs, seed, (files, refuses) => files.FailingFlushes = refuses ? int.MaxValue : 0));
        return rows;
    }

    private async Task BoundedAsync(FaultRun run, FaultRow row, int seed)
    {
        var durability = (LlmDurability)(1 + (seed % 3));
        var options = run.Options(durability) with { MaxQueueItems = 1_000, Producers = 8 };
        var child = await run.StartAsync(options);
        await run.MoreAsync(run.Random.Next(200, 1_000));
        await child.TellAsync($"limit {FileBytes}", "limited");
        await bench.Server.KillAsync();
        // In the synchronous mode a call waits, within its bound, for a disk that does not take it.
        await run.MoreAsync(durability == LlmDurability.WriteAheadSynchronous ? 8 : run.Random.Next(2_000, 6_000));
        var during = await child.ReportAsync();
        row.Sample("dropped meanwhile", during.Statistics.Dropped);
        row.Must(
            durability == LlmDurability.WriteAheadSynchronous || during.Sink.Spool is { FailingSince: not null }, seed,
            $"the spool does not say that it fails: {during.ToText()}");
        await child.TellAsync("limit 0", "limited");
        await bench.Server.RestartAsync();
        await run.MoreAsync(run.Random.Next(200, 1_000));
        await child.TellAsync("pause", "paused");
        await run.IdleAsync(child);
        var after = await child.ReportAsync();
        row.Must(after.Sink.Spool is { FailingSince: null }, seed, $"the spool does not recover: {after.ToText()} {child.Errors}");
        await run.StopAsync(child);
        await run.BringInAsync(options);
        await Verdict.LostIsCountedAsync(run, row, seed);
    }

    private static async Task<FaultRow> InProcessAsync(string name, int runs, int seed, Action<FaultFiles, bool> set)
    {
        var row = new FaultRow(name, seed);
        for (var number = 0; number < runs && row.Problems.Count < MostProblems; number++)
        {
            foreach (var durability in new[] { LlmDurability.Spill, LlmDurability.WriteAhead })
            {
                try
                {
                    await OnceAsync(row, seed + number, durability, set).WaitAsync(Bound);
                }
                catch (Exception exception) when (exception is FaultException or TimeoutException)
                {
                    row.Must(false, seed + number, exception.ToString());
                }
            }
        }

        return row;
    }

    private static async Task OnceAsync(FaultRow row, int seed, LlmDurability durability, Action<FaultFiles, bool> set)
    {
        var random = new Random(seed);
        var (files, store, made) = (new FaultFiles(), new MemoryStore(), new Promises());
        long dropped;
        await using (var application = new Application(files, store, durability, pipeline => pipeline.MaxQueueItems = 100))
        {
            await CallAsync(random.Next(50));
            store.Answer = () => StoreAnswer.Fails;
            await CallAsync(random.Next(50));
            set(files, true);
            await CallAsync(CallsInProcess);
            await application.UntilAsync(sink => sink.Spool is { FailingSince: not null }, $"the spool says that it fails ({durability})");
            await CallAsync(CallsInProcess);
            row.Must(made.Count > 0 && application.Statistics.Dropped > 0, seed, $"{durability}: no drop was counted though nothing takes records");
            set(files, false);
            store.Answer = () => StoreAnswer.Commits;
            await CallAsync(random.Next(50));
            await application.IdleAsync();
            await application.UntilAsync(sink => sink.Spool is { FailingSince: null }, $"the spool works again ({durability})");
            dropped = application.Statistics.Dropped;

            async Task CallAsync(int calls)
            {
                for (; calls > 0; calls--)
                {
                    made.Add(await application.CallAsync(0, made.Count));
                    if (calls % 50 == 0)
                    {
                        await Task.Delay(1);
                    }
                }
            }
        }

        var lost = made.LostIn(store).Count;
        var (duplicated, wrong, unknown) = made.Check(store);
        row.Add(made.Count, duplicated, wrong + unknown);
        row.LostIs(Math.Max(0, lost - dropped));
        row.CountedIs(dropped);
        row.Must(duplicated + wrong + unknown == 0, seed, $"{durability}: {duplicated} are there twice, {wrong} are wrong, {unknown} were never made");
        row.Must(lost == dropped, seed, $"{durability}: {lost} of {made.Count} are lost, {dropped} counted");
    }
}
