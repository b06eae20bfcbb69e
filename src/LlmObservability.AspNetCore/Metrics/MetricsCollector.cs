using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>Listens to the library's meters of one application, and keeps what Prometheus asks for. Thread-safe.</summary>
internal sealed class MetricsCollector : IDisposable
{
    /// <summary>Measurements left out, by metric.</summary>
    public const string CutName = "llm_observability_metrics_cut";

    /// <summary>Instruments that could not be read, over all scrapes.</summary>
    public const string UnreadName = "llm_observability_metrics_unread";

    private static readonly string[] Meters = [LlmTelemetry.MeterName, LlmTelemetry.PipelineMeterName, AspNetCoreMeter.Name];

    private readonly object _gate = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly IMeterFactory _meters;
    private readonly ILogger _logger;
    private readonly int _maxSeries;
    private readonly GatewayMetrics? _gateway;
    private int _scrape;
    private long _unread;

    /// <param name="meters">Whose meters are listened to: another application's in the same process are not.</param>
    /// <param name="options">The options.</param>
    /// <param name="logger">The logger.</param>
    public MetricsCollector(IMeterFactory meters, LlmMetricsOptions options, ILogger logger)
    {
        _meters = meters;
        _logger = logger;
        _maxSeries = options.MaxSeries;
        _gateway = options.GatewayNames ? new GatewayMetrics(_maxSeries, TellCut) : null;
        _listener.InstrumentPublished = Published;
        // The state is the metric: nothing is looked up for an instrument.
        _listener.SetMeasurementEventCallback<long>(static (_, value, attributes, metric) => ((MetricFamily)metric!).Record(value, attributes));
        _listener.SetMeasurementEventCallback<int>(static (_, value, attributes, metric) => ((MetricFamily)metric!).Record(value, attributes));
        _listener.SetMeasurementEventCallback<double>(static (_, value, attributes, metric) => ((MetricFamily)metric!).Record(value, attributes));
        _listener.Start();
    }

    /// <summary>Reads everything as it is now; one reader at a time.</summary>
    public void Write(ExpositionWriter writer)
    {
        lock (_gate)
        {
            _scrape++;
            foreach (var family in _families.Values)
            {
                family.Begin(_scrape);
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException errors)
            {
                // An instrument that cannot be read is left out; the others were.
                CountUnread(errors);
            }

            var families = _families.Values.ToList();
            if (_gateway is not null)
            {
                families.AddRange(_gateway.From(_families));
            }

            families.Add(CutOf(families));
            families.Add(UnreadSoFar());
            foreach (var family in families.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                writer.Write(family);
            }

            writer.End();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Published(Instrument instrument, MeterListener listener)
    {
        if (ReferenceEquals(instrument.Meter.Scope, _meters) && Meters.Contains(instrument.Meter.Name) && InstrumentShape.Of(instrument) is { } shape)
        {
            var name = MetricNames.Family(instrument.Name, instrument.Unit, shape.Kind);
            var family = _families.GetOrAdd(name.Name, _ => Family(instrument, name, shape));
            if (family.Kind == shape.Kind)
            {
                listener.EnableMeasurementEvents(instrument, family);
            }
        }
    }

    private MetricFamily Family(Instrument instrument, (string Name, string? Unit) name, InstrumentShape shape)
    {
        // Who is asked at each scrape has bounded its series itself. A second bound would cut the one that comes last, which
        // is the one that holds all that is not told apart, and again at each scrape.
        var maxSeries = instrument.IsObservable ? int.MaxValue : _maxSeries;
        return new MetricFamily(name, shape.Kind, instrument.Description ?? instrument.Name, maxSeries, TellCut)
        {
            Bounds = shape.Bounds,
            IsObserved = instrument.IsObservable,
            InMilliseconds = _gateway?.Milliseconds(instrument.Name),
        };
    }

    // Each metric from the start, at zero too: a rate over a series that appears with its first cut would miss that one.
    private static MetricFamily CutOf(List<MetricFamily> families)
    {
        var cuts = new MetricFamily(
            (CutName, null), MetricKind.Counter, "Measurements that were left out because the metric had its most series.", int.MaxValue, static _ => { });
        foreach (var family in families)
        {
            cuts.Of(MetricLabels.Of(("metric", family.Name)))!.Record(family.Cut);
        }

        return cuts;
    }

    // At zero too, as the cuts are.
    private MetricFamily UnreadSoFar()
    {
        var unread = new MetricFamily(
            (UnreadName, null), MetricKind.Counter, "Instruments that could not be read at a scrape, and were missing there.", int.MaxValue, static _ => { });
        unread.Of(MetricLabels.None)!.Record(_unread);
        return unread;
    }

    private void CountUnread(AggregateException errors)
    {
        if (_unread == 0)
        {
            var first = errors.InnerExceptions[0];
            _logger.InstrumentUnread(first.GetType().FullName, first.StackTrace);
        }

        _unread += errors.InnerExceptions.Count;
    }

    private void TellCut(MetricFamily family) => _logger.SeriesCut(family.Name, _maxSeries);
}
