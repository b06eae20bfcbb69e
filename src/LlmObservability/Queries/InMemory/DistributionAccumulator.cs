namespace LlmObservability.Queries;

/// <summary>Gathers the values of one distribution; keeps them only where percentiles are asked for, and counts bins where a histogram is. Not thread-safe.</summary>
internal sealed class DistributionAccumulator(bool percentiles, bool histogram)
{
    private readonly List<double> _values = [];
    private readonly long[] _bins = histogram ? new long[LlmHistogram.Bounds.Count] : [];
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
        if (percentiles)
        {
            _values.Add(number);
        }

        if (histogram)
        {
            _bins[LlmHistogram.BinOf(number)]++;
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
            Histogram = histogram ? LlmHistogram.ToBins(_bins) : null,
        };
    }

    // The smallest value that at least so many percent of the values do not exceed; whole numbers, so that no rounding shifts the rank.
    private double? NearestRank(int percent) => percentiles ? _values[(int)((((long)_values.Count * percent) + 99) / 100) - 1] : null;
}
