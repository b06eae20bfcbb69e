using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A distribution; percentiles only where they were asked for.</summary>
internal sealed record DistributionAnswer
{
    public DistributionAnswer(in LlmDistribution distribution, bool histogram)
    {
        Count = distribution.Count;
        Sum = Finite(distribution.Sum) ?? 0;
        Min = Finite(distribution.Min);
        Max = Finite(distribution.Max);
        Mean = Finite(distribution.Mean);
        P50 = Finite(distribution.P50);
        P95 = Finite(distribution.P95);
        P99 = Finite(distribution.P99);
        Histogram = histogram ? [.. (distribution.Histogram ?? []).Select(bin => new BinAnswer(bin.From, bin.To, bin.Count))] : null;
    }

    public long Count { get; }

    public double Sum { get; }

    public double? Min { get; }

    public double? Max { get; }

    public double? Mean { get; }

    public double? P50 { get; }

    public double? P95 { get; }

    public double? P99 { get; }

    /// <summary>The bins that have values, ascending; only where histograms were asked for.</summary>
    public IReadOnlyList<BinAnswer>? Histogram { get; }

    private static double? Finite(double? number) => number is { } known && double.IsFinite(known) ? known : null;
}
