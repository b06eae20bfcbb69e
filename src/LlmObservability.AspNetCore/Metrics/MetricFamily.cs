namespace LlmObservability.AspNetCore.Metrics;

/// <summary>One metric: its name, what is said of it, its series. Thread-safe.</summary>
internal sealed class MetricFamily
{
    private readonly Action<MetricFamily> _firstCut;
    private long _cut;
    private int _scrape;

    /// <param name="name">Its name and the unit that the name ends in.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="help">What it says.</param>
    /// <param name="maxSeries">The most series.</param>
    /// <param name="firstCut">Is told when the first measurement is left out.</param>
    public MetricFamily((string Name, string? Unit) name, MetricKind kind, string help, int maxSeries, Action<MetricFamily> firstCut)
    {
        (Name, Unit) = name;
        Kind = kind;
        Help = help;
        _firstCut = firstCut;
        Table = new SeriesTable(maxSeries, Create);
    }

    /// <summary>Without a counter's <c>_total</c>.</summary>
    public string Name { get; }

    public string? Unit { get; }

    public MetricKind Kind { get; }

    public string Help { get; }

    /// <summary>The upper bounds of a histogram's buckets.</summary>
    public double[] Bounds { get; init; } = [];

    /// <summary>Whether its instrument is asked at each scrape, and counts nothing between.</summary>
    public bool IsObserved { get; init; }

    /// <summary>A histogram of the same in milliseconds, under other labels; null for none.</summary>
    public (MetricFamily Family, Func<MetricLabels, MetricLabels> Labels)? InMilliseconds { get; init; }

    /// <summary>Measurements that were left out because there were too many series.</summary>
    public long Cut => Interlocked.Read(ref _cut);

    private SeriesTable Table { get; }

    /// <summary>Takes a measurement in.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        // Not a number, or infinite, would stay in a sum for good.
        if (!double.IsFinite(value))
        {
            return;
        }

        var series = Table.Find(attributes);
        if (series is null)
        {
            LeaveOut();
        }
        else if (IsObserved)
        {
            ((NumberSeries)series).Observe(value, _scrape);
        }
        else
        {
            series.Record(value);
        }
    }

    /// <summary>The series of these labels; null when there are too many, which is counted.</summary>
    public MetricSeries? Of(MetricLabels labels)
    {
        var series = Table.Of(labels);
        if (series is null)
        {
            LeaveOut();
        }

        return series;
    }

    /// <summary>What its instrument is asked from here on is of this scrape.</summary>
    public void Begin(int scrape) => _scrape = scrape;

    /// <summary>The series with something to say, in the order of their labels.</summary>
    public IEnumerable<MetricSeries> Series() =>
        IsObserved ? Table.Sorted.Where(series => ((NumberSeries)series).WasObserved(_scrape)) : Table.Sorted;

    private MetricSeries Create(MetricLabels labels)
    {
        return Kind == MetricKind.Histogram
            ? new HistogramSeries(labels, Bounds, InMilliseconds is { } other ? other.Family.Of(other.Labels(labels)) : null)
            : new NumberSeries(labels);
    }

    private void LeaveOut()
    {
        if (Interlocked.Increment(ref _cut) == 1)
        {
            _firstCut(this);
        }
    }
}
