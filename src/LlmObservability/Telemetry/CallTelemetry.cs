using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmObservability.Telemetry;

/// <summary>
/// The spans and metrics of one observer: its activity source, its meter, the conventions in force. Does nothing where
/// nobody listens. Thread-safe.
/// </summary>
internal sealed class CallTelemetry : IDisposable
{
    private readonly GenAiConventions _conventions;
    private readonly bool _ownsMeter;
    private readonly bool _conventionMetrics;
    private readonly CallSeriesTable _table;
    private readonly CallInstruments _instruments;

    public CallTelemetry(
        LlmTelemetryOptions options, MetricTags foldedTags, IMeterFactory? meters, Func<IEnumerable<KeyValuePair<string, long>>> drops,
        Action<Exception> failed)
    {
        var latest = options.LatestConventions
            ?? GenAiConventions.AsksForLatest(Environment.GetEnvironmentVariable(GenAiConventions.OptInVariable));
        _conventions = latest ? GenAiConventions.Latest : GenAiConventions.V141;
        var version = typeof(CallTelemetry).Assembly.GetName().Version?.ToString(3);
        Source = new ActivitySource(new ActivitySourceOptions(LlmTelemetry.ActivitySourceName)
        {
            Version = version,
            TelemetrySchemaUrl = _conventions.SchemaUrl,
        });
        var meter = new MeterOptions(LlmTelemetry.MeterName) { Version = version, TelemetrySchemaUrl = _conventions.SchemaUrl };
        _ownsMeter = meters is null;
        Meter = meters?.Create(meter) ?? new Meter(meter);
        _table = new CallSeriesTable(options.MaxMetricSeries, foldedTags);
        Tools = new ToolInstruments(Meter, options.MaxMetricSeries);
        Hooks = new SpanHooks(options, failed);
        _conventionMetrics = options.ConventionMetrics;
        _instruments = new CallInstruments(Meter, _conventions, _table, drops);
    }

    /// <summary>What <c>GetService&lt;ActivitySource&gt;()</c> answers, so that clients around the wrapper make their spans with it.</summary>
    public ActivitySource Source { get; }

    public Meter Meter { get; }

    /// <summary>The names in force.</summary>
    public GenAiConventions Conventions => _conventions;

    /// <summary>The metrics of tool calls.</summary>
    public ToolInstruments Tools { get; }

    /// <summary>What the application adds to spans.</summary>
    public SpanHooks Hooks { get; }

    /// <summary>Whether somebody may want spans.</summary>
    public bool Tracing => Source.HasListeners();

    public bool Counting => _instruments.Counting;

    /// <summary>Calls begun and not yet ended, of all targets.</summary>
    public long InProgress => _table.Targets.Sum(static target => target.InProgress ?? 0);

    public bool RecordingChunks => _conventionMetrics && _instruments.RecordingChunks;

    public TelemetryTarget Target(in TelemetryTargetKey key) => _table.Target(key);

    /// <summary>Starts the span of a call, and makes it the current activity; null when nobody wants one.</summary>
    public Activity? StartSpan(TelemetryTarget target, IEnumerable<KeyValuePair<string, object?>> attributes, DateTimeOffset startedAt)
    {
        return Source.StartActivity(target.SpanName, ActivityKind.Client, default(ActivityContext), attributes, links: null, startedAt);
    }

    /// <summary>Fills and ends a span of <see cref="StartSpan"/>. The current activity is then the one before.</summary>
    public void EndSpan(Activity span, LlmCall call)
    {
        if (span.IsAllDataRequested)
        {
            var attributes = new SpanAttributes(span);
            CallSpan.AddResponse(attributes, call, _conventions);
            CallSpan.AddOwn(attributes, call);
            if (call.Outcome == LlmOutcome.Failed)
            {
                // Without a description: an exception's message can hold a prompt.
                span.SetStatus(ActivityStatusCode.Error);
            }

            Hooks.Run(span, call);
        }

        span.SetEndTime((call.StartedAt + call.Duration).UtcDateTime);
        span.Stop();
    }

    /// <summary>Adds to another instrumentation's span of the same call what only this library knows.</summary>
    public void Enrich(Activity foreign, LlmCall call, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (foreign is { IsAllDataRequested: true, IsStopped: false })
        {
            // Calls in one span may end at the same time, and adding is not atomic.
            lock (foreign)
            {
                CallSpan.Enrich(foreign, call, _conventions, tags);
            }

            // The application's code, under no lock but its own.
            Hooks.Run(foreign, call);
        }
    }

    /// <summary>Counts a call, and records it in the conventions' histograms unless another instrumentation does.</summary>
    /// <param name="target">What was called.</param>
    /// <param name="call">The call.</param>
    /// <param name="tags">Its tags that are metric attributes.</param>
    /// <param name="withConventions">Whether the conventions' histograms are this library's to record.</param>
    /// <param name="inside">The flow inside the call's span: exemplars name it. Null where there is none.</param>
    public void Record(TelemetryTarget target, LlmCall call, MetricTags tags, bool withConventions, ExecutionContext? inside)
    {
        withConventions &= _conventionMetrics;
        var counting = _instruments.Counting;
        var recording = withConventions && _instruments.Recording;
        var recordingOwn = _instruments.RecordingOwn;
        if (!counting && !recording && !recordingOwn)
        {
            return;
        }

        var series = target.Series(_table, call.ResponseModel, tags);
        if (counting)
        {
            var reported = call.Tokens.Source == LlmUsageSource.Reported;
            series.Count(call, withUsage: reported && withConventions && _conventions.TokenCounterPrefix is not null);
        }

        if (!recording && !recordingOwn)
        {
            return;
        }

        var flow = SpanFlow.Enter(inside);
        try
        {
            if (recording)
            {
                _instruments.Record(series, call);
            }

            if (recordingOwn)
            {
                _instruments.RecordOwn(series, call);
            }
        }
        finally
        {
            SpanFlow.Leave(flow);
        }
    }

    /// <summary>Records the time between two chunks of a stream; returns the series for the next one.</summary>
    public CallSeries RecordChunk(
        TelemetryTarget target, CallSeries? series, string? responseModel, MetricTags tags, TimeSpan gap, ExecutionContext? inside)
    {
        if (series is null || (series.ResponseModel != responseModel && !series.IsFolded))
        {
            series = target.Series(_table, responseModel, tags);
        }

        var flow = SpanFlow.Enter(inside);
        try
        {
            _instruments.RecordChunk(series, gap.TotalSeconds);
        }
        finally
        {
            SpanFlow.Leave(flow);
        }

        return series;
    }

    public void Dispose()
    {
        Source.Dispose();
        // A factory's meter is the factory's: its last figures can still be collected.
        if (_ownsMeter)
        {
            Meter.Dispose();
        }
    }
}
