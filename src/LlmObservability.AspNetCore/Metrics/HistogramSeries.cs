namespace LlmObservability.AspNetCore.Metrics;

/// <summary>One histogram.</summary>
/// <param name="labels">Its labels.</param>
/// <param name="bounds">The upper bounds of its buckets, inclusive, ascending.</param>
/// <param name="inMilliseconds">A histogram of the same in milliseconds; null for none.</param>
internal sealed class HistogramSeries(MetricLabels labels, double[] bounds, MetricSeries? inMilliseconds) : MetricSeries(labels)
{
    private const double MillisecondsPerSecond = 1_000;

    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public double Sum => Volatile.Read(ref _sum);

    /// <summary>How many fell into each bucket; the last one has no bound.</summary>
    public long Count(int bucket) => Interlocked.Read(ref _counts[bucket]);

    public override void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        Add(ref _sum, value);
        inMilliseconds?.Record(value * MillisecondsPerSecond);
    }
}
