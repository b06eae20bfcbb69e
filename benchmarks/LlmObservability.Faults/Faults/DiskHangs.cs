using System.Diagnostics;
using LlmObservability.Faults.Harness;
using LlmObservability.Faults.InProcess;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.Faults;

/// <summary>
/// The disk hangs within the log's own upkeep: while it opens, and while it saves what was acknowledged. Calls, figures and the
/// stop do not wait for it, and once it goes on, the directory is free for the next.
/// </summary>
internal sealed class DiskHangs(string name, bool whileOpening)
{
    private const int MostProblems = 3;
    private const int Calls = 200;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    // Far above what any of it takes, far below how long the disk hangs.
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(8);

    public async Task<FaultRow> RunAsync(int runs, int seed)
    {
        var row = new FaultRow(name, seed);
        for (var number = 0; number < runs && row.Problems.Count < MostProblems; number++)
        {
            try
            {
                await OnceAsync(row, seed + number).WaitAsync(Bound);
            }
            catch (Exception exception) when (exception is FaultException or TimeoutException)
            {
                row.Must(false, seed + number, exception.ToString());
            }
        }

        return row;
    }

    private async Task OnceAsync(FaultRow row, int seed)
    {
        var (files, store, made) = (new FaultFiles(), new MemoryStore(), new Promises());
        var application = default(Application);
        try
        {
            var hangs = whileOpening ? HangingDisk.Begin(files, _ => true) : Task.CompletedTask;
            application = new Application(files, store, LlmDurability.WriteAhead);
            if (!whileOpening)
            {
                await CallAsync(application, made);
                await application.IdleAsync();
                hangs = HangingDisk.Begin(files, file => file == "log.state");
                await CallAsync(application, made);
            }

            await hangs.WaitAsync(Bound);
            await IsSoonAsync(row, seed, "the figures", () => Task.FromResult(application.Statistics));
            await IsSoonAsync(row, seed, "calls", () => CallAsync(application, made));
            await IsSoonAsync(row, seed, "the stop", () => application.DisposeAsync().AsTask());
        }
        finally
        {
            HangingDisk.End(files);
        }

        var dropped = application.Statistics.Dropped;
        await using (var next = new Application(files, store, LlmDurability.WriteAhead))
        {
            await next.IdleAsync();
            dropped += next.Statistics.Dropped;
        }

        var lost = made.LostIn(store).Count;
        var (duplicated, wrong, unknown) = made.Check(store);
        row.Add(made.Count, duplicated, wrong + unknown);
        row.LostIs(Math.Max(0, lost - dropped));
        row.CountedIs(dropped);
        row.Must(duplicated + wrong + unknown == 0, seed, $"{duplicated} are there twice, {wrong} are wrong, {unknown} were never made");
        row.Must(lost <= dropped, seed, $"{lost} of {made.Count} are lost, {dropped} counted");
    }

    private static async Task IsSoonAsync(FaultRow row, int seed, string what, Func<Task> action)
    {
        var begun = Stopwatch.GetTimestamp();
        await Task.Run(action);
        var took = Stopwatch.GetElapsedTime(begun);
        row.Sample(what + ", s", took.TotalSeconds);
        row.Must(took < Held, seed, FormattableString.Invariant($"{what} took {took.TotalSeconds:0.0} s while the disk hangs"));
    }

    private static async Task CallAsync(Application application, Promises made)
    {
        for (var call = 0; call < Calls; call++)
        {
            made.Add(await application.CallAsync(0, made.Count));
        }
    }
}
