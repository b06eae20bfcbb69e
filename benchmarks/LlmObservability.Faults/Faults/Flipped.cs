using System.Globalization;
using LlmObservability.Faults.Harness;
using LlmObservability.Faults.InProcess;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Faults.Faults;

/// <summary>
/// Bytes of a spool are flipped, cut, moved, doubled and swapped, also whole records and segments; then an application starts on
/// it. It never crashes or loops, never writes a wrong record, and goes on.
/// </summary>
internal sealed class Flipped : IFault
{
    private const int Samples = 25;
    private const int CallsAfter = 3;
    private const int MostProblems = 3;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private long _recovered;
    private long _unreadable;

    public string Name => "flips";

    public int FullRuns => 10_000;

    public async Task<IReadOnlyList<FaultRow>> RunAsync(int runs, int seed)
    {
        var row = new FaultRow(Name, seed);
        List<(Promises Made, Dictionary<string, byte[]> Files)> samples = [];
        for (var sample = 0; sample < Samples; sample++)
        {
            samples.Add(await SampleAsync(new Random(seed + sample)));
        }

        for (var number = 0; number < runs && row.Problems.Count < MostProblems; number++)
        {
            var (made, files) = samples[number % Samples];
            try
            {
                await OnceAsync(row, seed + number, made, files.ToDictionary()).WaitAsync(Bound);
            }
            catch (Exception exception)
            {
                // Whatever it is: none may come out.
                row.Must(false, seed + number, exception.ToString());
            }
        }

        row.Figure("records read back", _recovered.ToString(CultureInfo.InvariantCulture));
        row.Figure("told as unreadable", _unreadable.ToString(CultureInfo.InvariantCulture));
        return [row];
    }

    /// <summary>The spool that a few lives of an application left: some of it was written to the store.</summary>
    private static async Task<(Promises Made, Dictionary<string, byte[]> Files)> SampleAsync(Random random)
    {
        var (files, store, made) = (new FaultFiles(), new MemoryStore(), new Promises());
        for (var life = random.Next(1, 4); life > 0; life--)
        {
            var writes = random.Next(3);
            store.Answer = () => writes-- > 0 ? StoreAnswer.Commits : StoreAnswer.Fails;
            await using var application = new Application(files, store, random.Next(2) == 0 ? LlmDurability.Spill : LlmDurability.WriteAhead);
            for (var call = random.Next(5, 60); call > 0; call--)
            {
                made.Add(await application.CallAsync(life, call));
                if (random.Next(10) == 0)
                {
                    await Task.Delay(1);
                }
            }
        }

        return (made, files.Contents);
    }

    private async Task OnceAsync(FaultRow row, int seed, Promises before, Dictionary<string, byte[]> files)
    {
        var random = new Random(seed);
        new Corruption(random).Apply(files);
        var (store, made) = (new MemoryStore(), new Promises(before));
        LlmStatistics statistics;
        await using (var application = new Application(
            new FaultFiles(files), store, random.Next(2) == 0 ? LlmDurability.Spill : LlmDurability.WriteAhead))
        {
            for (var call = 0; call < CallsAfter; call++)
            {
                made.Add(await application.CallAsync(99, call));
            }

            await application.IdleAsync();
            statistics = application.Statistics;
        }

        var (duplicated, wrong, unknown) = made.Check(store);
        row.Add(CallsAfter, duplicated, wrong);
        row.Must(duplicated == 0, seed, $"{duplicated} records came twice");
        row.Must(wrong + unknown == 0, seed, $"{wrong} records are not as they were made, {unknown} were never made");
        row.Must(made.LostIn(store).Count == 0, seed, $"calls made on the damaged spool are lost: {statistics.Sinks[0]} {statistics.Sinks[0].Spool}");
        row.Must(statistics.RecorderErrors == 0, seed, "the recorder failed");
        var sink = statistics.Sinks[0];
        row.Must(sink.Dropped.Keys.All(reason => reason == Sinks.LlmDropReason.Unreadable), seed, $"dropped for another reason: {string.Join(", ", sink.Dropped)}");
        var unreadable = sink.Dropped.GetValueOrDefault(Sinks.LlmDropReason.Unreadable);
        row.Must(unreadable <= before.Made, seed, $"{unreadable} records are told as unreadable, of {before.Made} that were ever made");
        _recovered += store.Rows.Count - CallsAfter;
        _unreadable += unreadable;
    }
}
