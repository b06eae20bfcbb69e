namespace LlmObservability.AspNetCore.Metrics;

/// <summary>One series of a metric. Thread-safe.</summary>
internal abstract class MetricSeries(MetricLabels labels)
{
    public MetricLabels Labels => labels;

    /// <summary>Takes a measurement in, without an allocation.</summary>
    public abstract void Record(double value);

    protected static void Add(ref double sum, double value)
    {
        var seen = Volatile.Read(ref sum);
        while (true)
        {
            var was = Interlocked.CompareExchange(ref sum, seen + value, seen);
            if (was == seen)
            {
                return;
            }

            seen = was;
        }
    }
}
