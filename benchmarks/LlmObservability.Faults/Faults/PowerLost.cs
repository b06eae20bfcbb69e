using System.Globalization;
using LlmObservability.Faults.Harness;
using LlmObservability.Faults.InProcess;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.Faults;

/// <summary>
/// The power goes at any operation of a file layer that keeps of what was not flushed any part or none. What was promised before
/// the last group that is on disk was begun is there afterwards; with the synchronous mode, all that was promised.
/// </summary>
internal sealed class PowerLost : IFault
{
    private const int LossesARun = 3;
    private const int ProducersARun = 3;
    private const int MostCalls = 400;
    // All that a run makes, in segments of 64 KiB.
    private const int MostFlushesAGroup = 24;
    private const int MostProblems = 3;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    public string Name => "power";

    public int FullRuns => 200;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed) =>
    [
        await RunAsync(runs, seed, LlmDurability.WriteAhead),
        await RunAsync(runs, seed, LlmDurability.WriteAheadSynchronous),
    ];

    private async Task<FaultRow> RunAsync(int runs, int seed, LlmDurability durability)
    {
        var row = new FaultRow($"{Name} {durability}", seed);
        for (var number = 0; number < runs && row.Problems.Count < MostProblems; number++)
        {
            try
            {
                await OnceAsync(row, seed + number, durability).WaitAsync(Bound);
            }
            catch (Exception exception) when (exception is FaultException or TimeoutException)
            {
                row.Must(false, seed + number, exception.ToString());
            }
        }

        row.Figure("losses of power", (row.Runs * LossesARun).ToString(CultureInfo.InvariantCulture));
        return row;
    }

    private static async Task OnceAsync(FaultRow row, int seed, LlmDurability durability)
    {
        var random = new Random(seed);
        var rolls = seed % 2 == 0;
        var (files, store, all) = (new FaultFiles(), new MemoryStore(), new List<Promises>());
        var known = new Promises();
        List<int> safeCounts = [];
        for (var life = 0; life < LossesARun; life++)
        {
            var promises = new Promises(known);
            all.Add(promises);
            var groups = new Groups(promises, rolls ? MostFlushesAGroup : 1);
            files.OperationsLeft = random.Next(10, 400);
            files.OnFlushed = groups.Flushed;
            files.OnPowerLost = () => promises.IsClosed = true;
            await LiveAsync(files, store, durability, rolls, promises, life, random.Next());
            files = files.AfterPowerLoss(random);
            known = promises;
            safeCounts.Add(groups.SafeCount);
        }

        store.Answer = () => StoreAnswer.Commits;
        await using (var last = new Application(files, store, durability))
        {
            await last.IdleAsync();
        }

        var (duplicated, wrong, unknown) = known.Check(store);
        row.Add(all.Sum(promises => promises.Count), duplicated, wrong);
        row.Must(duplicated == 0, seed, $"{duplicated} records are there twice");
        row.Must(wrong == 0, seed, $"{wrong} records are not as they were made");
        row.Must(unknown <= LossesARun * ProducersARun, seed, $"{unknown} records are there that nobody made");
        for (var life = 0; life < all.Count; life++)
        {
            var lost = all[life].LostIn(store);
            var safe = durability == LlmDurability.WriteAheadSynchronous ? all[life].Count : safeCounts[life];
            var beyond = lost.Count(index => index < safe);
            row.LostIs(beyond);
            row.Sample("records lost with the power", lost.Count);
            row.Must(beyond == 0, seed, $"loss {life}: {beyond} of {all[life].Count} promised records are lost though a later group was on disk (of {safe}; lost {string.Join(",", lost.Take(10))})");
        }
    }

    private static async Task LiveAsync(
        FaultFiles files, MemoryStore store, LlmDurability durability, bool rolls, Promises promises, int life, int seed)
    {
        var random = new Random(seed);
        var kinds = Enumerable.Range(0, 1_000).Select(_ => random.Next(4)).ToArray();
        var writes = 0;
        // The store is another machine; but nothing reaches it from one without power.
        store.Answer = () => promises.IsClosed ? StoreAnswer.Fails : kinds[Interlocked.Increment(ref writes) % kinds.Length] switch
        {
            0 => StoreAnswer.Fails,
            1 => StoreAnswer.CommitsSilently,
            _ => StoreAnswer.Commits,
        };
        await using var application = new Application(files, store, durability, pipeline =>
        {
            // A sixteenth of it is a segment.
            pipeline.MaxSpoolBytes = rolls ? 1024 * 1024 : 256 * 1024 * 1024;
            pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(20);
            pipeline.CommitTimeout = TimeSpan.FromSeconds(20);
        });
        await Task.WhenAll(Enumerable.Range(0, ProducersARun).Select(producer => Task.Run(async () =>
        {
            var pauses = new Random(seed + producer);
            for (var call = 0; call < MostCalls && !files.IsOff; call++)
            {
                var calling = application.CallAsync((life * ProducersARun) + producer, call);
                while (!calling.IsCompleted && !files.IsOff)
                {
                    await Task.WhenAny(calling, Task.Delay(5));
                }

                if (!calling.IsCompleted)
                {
                    return;
                }

                promises.Add(await calling);
                if (pauses.Next(8) == 0)
                {
                    await Task.Delay(1);
                }
            }
        })));
        if (!files.IsOff)
        {
            // It goes while nothing is under way.
            files.OperationsLeft = 0;
            promises.IsClosed = true;
        }
    }
}
