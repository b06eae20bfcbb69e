using System.Diagnostics.Metrics;

namespace LlmObservability.Telemetry;

/// <summary>
/// The instruments of <see cref="LlmTelemetry.MeterName"/>: the conventions' histograms, recorded as calls end, and the
/// library's own counters, read from the series when somebody collects.
/// </summary>
internal sealed class CallInstruments
{
    /// <summary>The conventions' boundaries of durations.</summary>
    public static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<long> TokenCounts = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    private static readonly InstrumentAdvice<double> Rates = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    };

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _timeToFirstChunk;
    private readonly Histogram<double> _timePerOutputChunk;
    private readonly Histogram<double> _queueWait;
    private readonly Histogram<double> _outputTokenRate;
    private readonly Histogram<long>? _tokenUsage;
    private readonly Histogram<long>? _inputTokens;
    private readonly Histogram<long>? _outputTokens;
    private readonly Instrument[] _counters;

    public CallInstruments(Meter meter, GenAiConventions conventions, CallSeriesTable table, Func<IEnumerable<KeyValuePair<string, long>>> drops)
    {
        _duration = Seconds(meter, conventions.Duration, "How long a call took, from its start to its end as the caller saw it.");
        _timeToFirstChunk = Seconds(meter, conventions.TimeToFirstChunk, "How long the provider took to send the first chunk of a stream.");
        _timePerOutputChunk = Seconds(meter, conventions.TimePerOutputChunk, "How long the provider took from one chunk of a stream to the next.");
        _tokenUsage = Tokens(meter, conventions.TokenUsage, "Tokens of a call by type.");
        _inputTokens = Tokens(meter, conventions.InputTokens, "Input tokens of a call.");
        _outputTokens = Tokens(meter, conventions.OutputTokens, "Output tokens of a call.");
        _queueWait = Seconds(meter, TelemetryNames.Instruments.QueueWait, "How long a request waited before its call, as the application told.");
        _outputTokenRate = meter.CreateHistogram(
            TelemetryNames.Instruments.OutputTokenRate, TelemetryNames.Units.TokensPerSecond,
            "Output tokens of a call per second of the provider's time.", tags: null, Rates);
        var read = new CallSeriesReading(table);
        List<Instrument> counters = [];
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.Requests, read.Requests, TelemetryNames.Units.Requests, "Calls that ended, by outcome."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.RequestsCached, read.Cached, TelemetryNames.Units.Requests, "Calls that were answered from the application's cache."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.Responses, read.Responses, TelemetryNames.Units.Responses, "Calls that a provider answered, by HTTP status; 200 is assumed of answers that were no refusal."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.SchemaFailures, read.SchemaFailures, TelemetryNames.Units.Responses, "Answers asked for as JSON that did not parse or match their schema."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.RequestsUnpriced, read.Unpriced, TelemetryNames.Units.Requests, "Calls whose cost is not known, by reason."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.Tokens, read.Tokens, TelemetryNames.Units.Tokens, "Tokens by class; the classes do not overlap."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.Cost, read.Cost, TelemetryNames.Units.Usd, "Cost in US dollars by part; the parts add up to the total."));
        counters.Add(meter.CreateObservableUpDownCounter(TelemetryNames.Instruments.RequestsInProgress, read.InProgress, TelemetryNames.Units.Requests, "Calls begun and not yet ended."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.HttpResends, read.Resends, TelemetryNames.Units.Requests, "HTTP requests that were sent again inside a call, after one that failed."));
        counters.Add(meter.CreateObservableCounter(TelemetryNames.Instruments.SeriesFolded, () => table.Folded, TelemetryNames.Units.Requests, "Calls counted under folded attributes because there were too many series."));
        meter.CreateObservableCounter(
            TelemetryNames.Instruments.RecordsDropped,
            () => drops().Select(drop => new Measurement<long>(drop.Value, new KeyValuePair<string, object?>(TelemetryNames.Own.DropReason, drop.Key))),
            TelemetryNames.Units.Records,
            "Records that did not reach a sink, by reason, over all sinks.");
        if (conventions.TokenCounterPrefix is { } prefix)
        {
            foreach (var (kind, values) in read.UsageKinds)
            {
                counters.Add(meter.CreateObservableCounter(prefix + kind, values, TelemetryNames.Units.Tokens, "Tokens used."));
            }
        }

        _counters = [.. counters];
    }

    /// <summary>Whether somebody reads a counter: only then are calls counted.</summary>
    public bool Counting
    {
        get
        {
            foreach (var counter in _counters)
            {
                if (counter.Enabled)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether somebody listens to the conventions' histograms.</summary>
    public bool Recording => _duration.Enabled || _timeToFirstChunk.Enabled || (_tokenUsage ?? _inputTokens)!.Enabled || _outputTokens is { Enabled: true };

    /// <summary>Whether somebody listens to the library's own histograms.</summary>
    public bool RecordingOwn => _queueWait.Enabled || _outputTokenRate.Enabled;

    public bool RecordingChunks => _timePerOutputChunk.Enabled;

    public void Record(CallSeries series, LlmCall call)
    {
        if (_duration.Enabled)
        {
            RecordDuration(series, call);
        }

        if (call.TimeToFirstToken is { } first)
        {
            _timeToFirstChunk.Record(first.TotalSeconds, series.Attributes);
        }

        var tokens = call.Tokens;
        // The conventions' metrics are what providers reported; the own counters have estimates too.
        if (tokens.Source == LlmUsageSource.Reported)
        {
            _tokenUsage?.Record(tokens.Input, series.InputAttributes);
            _inputTokens?.Record(tokens.Input, series.Attributes);
            if (call.HasOutput)
            {
                _tokenUsage?.Record(tokens.Output, series.OutputAttributes);
                _outputTokens?.Record(tokens.Output, series.Attributes);
            }
        }
    }

    /// <summary>Records what the conventions have no histogram for; beside another instrumentation too.</summary>
    public void RecordOwn(CallSeries series, LlmCall call)
    {
        if (call.QueueWait is { } wait)
        {
            _queueWait.Record(wait.TotalSeconds, series.Attributes);
        }

        // An estimate is a lower bound: it would tell of a slow provider.
        if (call.Tokens.Source == LlmUsageSource.Reported && call.OutputTokensPerSecond is { } rate)
        {
            _outputTokenRate.Record(rate, series.Attributes);
        }
    }

    public void RecordChunk(CallSeries series, double seconds) => _timePerOutputChunk.Record(seconds, series.Attributes);

    private void RecordDuration(CallSeries series, LlmCall call)
    {
        // Only this one has the error's type; on success it is absent.
        if (call.Outcome == LlmOutcome.Failed)
        {
            _duration.Record(call.Duration.TotalSeconds, [.. series.Attributes, new(TelemetryNames.ErrorType, call.ErrorType ?? TelemetryNames.Other)]);
        }
        else
        {
            _duration.Record(call.Duration.TotalSeconds, series.Attributes);
        }
    }

    private static Histogram<double> Seconds(Meter meter, string name, string description) =>
        meter.CreateHistogram(name, TelemetryNames.Units.Seconds, description, tags: null, Durations);

    private static Histogram<long>? Tokens(Meter meter, string? name, string description) =>
        name is null ? null : meter.CreateHistogram(name, TelemetryNames.Units.Tokens, description, tags: null, TokenCounts);
}
