namespace LlmObservability.AspNetCore.Metrics;

/// <summary>One counter or gauge.</summary>
/// <param name="labels">Its labels.</param>
internal sealed class NumberSeries(MetricLabels labels) : MetricSeries(labels)
{
    private double _value;
    private int _scrape;

    public double Value => Volatile.Read(ref _value);

    public override void Record(double value) => Add(ref _value, value);

    /// <summary>Takes in what an instrument says when it is asked. Attributes that became the same labels add up.</summary>
    public void Observe(double value, int scrape)
    {
        Volatile.Write(ref _value, _scrape == scrape ? _value + value : value);
        _scrape = scrape;
    }

    /// <summary>Whether the instrument said anything when it was asked for that scrape.</summary>
    public bool WasObserved(int scrape) => _scrape == scrape;
}
