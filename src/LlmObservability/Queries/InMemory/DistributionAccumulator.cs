namespace LlmObservability.Queries;

/// <summary>Gathers the values of one distribution; keeps them only where percentiles or a histogram are asked for. Not thread-safe.</summary>
internal sealed class DistributionAccumulator(bool percentiles, bool histogram)
{
    private readonly List<double> _values = [];
    private long _count;
    private double _sum;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;

    public void Add(double? value)
    {
        if (value is not { } number)
        {
            return;
        }

        _count++;
        _sum += number;
        _min = Math.Min(_min, number);
        _max = Math.Max(_max, number);
        if (percentiles || histogram)
        {
            _values.Add(number);
        }
    }

    public LlmDistribution ToDistribution()
    {
        if (_count == 0)
        {
            return default;
        }

        _values.Sort();
        return new LlmDistribution
        {
            Count = _count,
            Sum = _sum,
            Min = _min,
            Max = _max,
            P50 = NearestRank(50),
            P95 = NearestRank(95),
            P99 = NearestRank(99),
            Histogram = histogram ? Bins() : null,
        };
    }

    private IReadOnlyList<LlmHistogramBin> Bins()
    {
        Span<long> counts = stackalloc long[LlmHistogram.Bounds.Count];
        counts.Clear();
        foreach (var value in _values)
        {
            counts[LlmHistogram.BinOf(value)]++;
        }

        return LlmHistogram.ToBins(counts);
    }

    // The smallest value that at least so many percent of the values do not exceed; whole numbers, so that no rounding shifts the rank.
    private double? NearestRank(int percent) => percentiles ? _values[(int)((((long)_values.Count * percent) + 99) / 100) - 1] : null;
}
