using System.Diagnostics;
using LlmObservability.Faults.Harness;
using LlmObservability.Faults.InProcess;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.Faults;

/// <summary>A file layer that refuses in one way, while the store is away: until it recovers, or until the application ends.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Refuse">Begins it.</param>
/// <param name="Allow">Ends it.</param>
internal sealed record DiskLayer(string Name, Action<FaultFiles> Refuse, Action<FaultFiles> Allow)
{
    private const int Queue = 100;
    private const int MostProblems = 3;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    // What asks for figures or stops must not wait for a disk; this is far above what either takes.
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(8);

    public static IReadOnlyList<DiskLayer> All =>
    [
        new("full", files => files.Room = 100, files => files.Room = long.MaxValue),
        new("read-only", files => files.IsReadOnly = true, files => files.IsReadOnly = false),
        new("failing", files => files.FailingFlushes = int.MaxValue, files => files.FailingFlushes = 0),
        new("hanging", files => HangingDisk.Begin(files, _ => true), HangingDisk.End),
    ];

    /// <summary>Each run in both modes that use the disk behind the call.</summary>
    public async Task<FaultRow> RunAsync(string name, int runs, int seed)
    {
        var row = new FaultRow(name, seed);
        for (var number = 0; number < 2 * runs && row.Problems.Count < MostProblems; number++)
        {
            try
            {
                await OnceAsync(row, seed + (number / 2), number % 2 == 0 ? LlmDurability.Spill : LlmDurability.WriteAhead).WaitAsync(Bound);
            }
            catch (Exception exception) when (exception is FaultException or TimeoutException)
            {
                row.Must(false, seed + (number / 2), exception.ToString());
            }
        }

        return row;
    }

    private async Task OnceAsync(FaultRow row, int seed, LlmDurability durability)
    {
        var random = new Random(seed);
        var endsInIt = random.Next(2) == 0;
        var (files, store, made) = (new FaultFiles(), new MemoryStore(), new Promises());
        long dropped;
        try
        {
            await using var application = new Application(files, store, durability, pipeline => pipeline.MaxQueueItems = Queue);
            await CallAsync(application, made, random.Next(1, 50));
            await application.UntilAsync(sink => sink.QueuedItems == 0 && sink.Written > 0, "the first calls are written");
            store.Answer = () => StoreAnswer.Fails;
            await CallAsync(application, made, random.Next(1, 50));
            Refuse(files);
            // So many that neither the queue nor what the log keeps in memory for the disk holds them.
            var called = Stopwatch.GetTimestamp();
            await CallAsync(application, made, random.Next(300, 600));
            row.Must(Stopwatch.GetElapsedTime(called) < Held, seed, $"{durability}: calls took {Stopwatch.GetElapsedTime(called).TotalSeconds:0.0} s");
            await application.UntilAsync(sink => sink.Spool is { FailingSince: not null }, $"the spool says that it fails ({durability})");
            await CallAsync(application, made, random.Next(300, 600));
            var asked = Stopwatch.GetTimestamp();
            row.Must(application.Statistics.Dropped > 0, seed, $"{durability}: no drop was counted though nothing takes records");
            row.Must(Stopwatch.GetElapsedTime(asked) < Held, seed, $"{durability}: the figures took {Stopwatch.GetElapsedTime(asked).TotalSeconds:0.0} s");
            if (!endsInIt)
            {
                Allow(files);
                store.Answer = () => StoreAnswer.Commits;
                await CallAsync(application, made, random.Next(50));
                await application.IdleAsync();
                await application.UntilAsync(sink => sink.Spool is { FailingSince: null }, $"the spool works again ({durability})");
            }

            var stopped = Stopwatch.GetTimestamp();
            await application.DisposeAsync();
            row.Must(Stopwatch.GetElapsedTime(stopped) < Held, seed, $"{durability}: the stop took {Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.0} s");
            dropped = application.Statistics.Dropped;
        }
        finally
        {
            Allow(files);
        }

        // What got to disk before is there for the next life.
        store.Answer = () => StoreAnswer.Commits;
        await using (var next = new Application(files, store, durability))
        {
            await next.IdleAsync();
            dropped += next.Statistics.Dropped;
        }

        var lost = made.LostIn(store).Count;
        var (duplicated, wrong, unknown) = made.Check(store);
        row.Add(made.Count, duplicated, wrong + unknown);
        row.LostIs(Math.Max(0, lost - dropped));
        row.CountedIs(dropped);
        row.Must(duplicated + wrong + unknown == 0, seed, $"{durability}: {duplicated} are there twice, {wrong} are wrong, {unknown} were never made");
        // What a failing disk was given and did not confirm is counted as lost at the stop, and may turn out to be there.
        row.Must(lost == dropped || (endsInIt && lost < dropped), seed,
            $"{durability}, {(endsInIt ? "ended in it" : "recovered")}: {lost} of {made.Count} are lost, {dropped} counted");
    }

    private static async Task CallAsync(Application application, Promises made, int calls)
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
