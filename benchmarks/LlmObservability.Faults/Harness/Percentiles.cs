using System.Diagnostics;
using LlmObservability.Faults.Child;

namespace LlmObservability.Faults.Harness;

/// <summary>How long calls took their callers.</summary>
internal readonly record struct Percentiles(TimeSpan Median, TimeSpan Ninetyninth)
{
    public static Percentiles Of(IEnumerable<LedgerEntry> entries)
    {
        var sorted = entries.Select(entry => entry.Took).Order().ToArray();
        return sorted.Length == 0 ? default : new Percentiles(At(sorted, 0.5), At(sorted, 0.99));
    }

    private static TimeSpan At(long[] sorted, double share) => Stopwatch.GetElapsedTime(0, sorted[(int)(share * (sorted.Length - 1))]);
}
