using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;

namespace LlmObservability.Faults.Faults;

/// <summary>What must hold in every run of a kind.</summary>
internal static class Verdict
{
    private const int Shown = 3;

    /// <summary>Nothing lost, nothing dropped, nothing twice, nothing wrong, and nothing that was never promised.</summary>
    public static async Task<Comparison> NothingLostAsync(FaultRun run, FaultRow row, int seed)
    {
        var comparison = await SoundAsync(run, row, seed, unpromised: 0);
        var dropped = run.Ends.Sum(end => end.Statistics.Dropped);
        row.LostIs(comparison.Lost);
        row.CountedIs(dropped);
        row.Must(comparison.Lost == 0 && dropped == 0, seed,
            $"{comparison.LostCalls.Count} calls and {comparison.LostLater.Count} later records of {comparison.Promised.Count} calls are lost, {dropped} counted as dropped; {Evidence(comparison)}; {Ends(run)}");
        return comparison;
    }

    /// <summary>What is lost was counted, exactly.</summary>
    public static async Task<Comparison> LostIsCountedAsync(FaultRun run, FaultRow row, int seed)
    {
        var comparison = await SoundAsync(run, row, seed, unpromised: 0);
        var dropped = run.Ends.Sum(end => end.Statistics.Dropped);
        // Poison is in no ledger; what could not be stored of it is a drop too.
        var poison = run.Ends.Sum(end => end.Poisoned) - comparison.Stored.PoisonStored;
        var lost = comparison.Lost + poison;
        row.LostIs(Math.Max(0, lost - dropped));
        row.CountedIs(dropped);
        row.Must(lost == dropped, seed, $"{comparison.Lost} and {poison} poison ones are lost, {dropped} counted; {Evidence(comparison)}; {Ends(run)}");
        return comparison;
    }

    /// <summary>Nothing twice, nothing wrong.</summary>
    public static async Task<Comparison> SoundAsync(FaultRun run, FaultRow row, int seed, int unpromised)
    {
        var comparison = await run.CompareAsync();
        row.Add(comparison, run.Ends);
        row.Must(comparison.Duplicated == 0, seed, $"{comparison.Duplicated} rows are there twice");
        row.Must(comparison.Wrong.Count == 0, seed, $"{comparison.Wrong.Count} differ: {string.Join("; ", comparison.Wrong.Take(Shown))}");
        row.Must(comparison.Unpromised <= unpromised, seed, $"{comparison.Unpromised} calls are stored that nobody made");
        return comparison;
    }

    public static string Evidence(Comparison comparison)
    {
        var first = comparison.LostCalls.Concat(comparison.LostLater).OrderBy(entry => entry.ReturnedAt).Take(Shown);
        return "first lost: " + string.Join(", ", first.Select(entry => $"{Work.NumberOf(entry.Producer, entry.Number)} {entry.Id} ({entry.Shape})"));
    }

    public static string Ends(FaultRun run) => "ends: " + string.Join(" / ", run.Ends.Select(end => end.ToText()));
}
