namespace LlmObservability.Queries;

/// <summary>
/// The bins of every histogram: bounds are 0, and then 1, 1.5, 2, 3, 5 and 7 times each power of ten, so that histograms of different
/// times, groups and stores can be compared. Thread-safe.
/// </summary>
public static class LlmHistogram
{
    private const int Powers = 24;

    private static readonly decimal[] Steps = [1m, 1.5m, 2m, 3m, 5m, 7m];
    private static readonly double[] All = Make();

    /// <summary>The bounds, ascending. A bin begins at a bound, inclusive, and ends at the next, exclusive; the last takes all that is greater.</summary>
    public static IReadOnlyList<double> Bounds { get; } = All.AsReadOnly();

    /// <summary>The place of a value's bin among the bins; the first for what is negative or not a number.</summary>
    public static int BinOf(double value)
    {
        var place = Array.BinarySearch(All, value);
        return Math.Clamp(place >= 0 ? place : ~place - 1, 0, All.Length - 2);
    }

    /// <summary>The bins that have values, ascending.</summary>
    /// <param name="counts">How many values each bin has, in the order of the bins; may be shorter than there are bins.</param>
    public static IReadOnlyList<LlmHistogramBin> ToBins(ReadOnlySpan<long> counts)
    {
        List<LlmHistogramBin> bins = [];
        for (var i = 0; i < counts.Length && i < All.Length - 1; i++)
        {
            if (counts[i] > 0)
            {
                bins.Add(new LlmHistogramBin(All[i], All[i + 1], counts[i]));
            }
        }

        return bins;
    }

    private static double[] Make()
    {
        List<double> bounds = [0];
        var power = 1m;
        for (var i = 0; i < Powers; i++, power *= 10)
        {
            bounds.AddRange(Steps.Select(step => (double)(step * power)));
        }

        return [.. bounds];
    }
}

/// <summary>A bin of a histogram.</summary>
/// <param name="From">Where it begins, inclusive.</param>
/// <param name="To">Where it ends, exclusive.</param>
/// <param name="Count">How many values it has.</param>
public readonly record struct LlmHistogramBin(double From, double To, long Count);
