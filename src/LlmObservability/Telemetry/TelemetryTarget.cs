namespace LlmObservability.Telemetry;

/// <summary>
/// What spans and metrics say of one operation on one client and model, worked out once: span name, attributes set at
/// creation, attributes that all its series share. Thread-safe.
/// </summary>
internal sealed class TelemetryTarget
{
    private static readonly KeyValuePair<string, object?> Streamed = new(TelemetryNames.GenAi.RequestStream, true);

    private readonly KeyValuePair<string, object?>[] _attributes;
    private readonly TelemetryTarget? _rest;
    private readonly bool _folded;
    private readonly TelemetryTargetKey _key;
    private string? _attemptSpanName;
    private KeyValuePair<string, object?>[]? _attemptAttributes;
    private CallSeries? _recent;
    private long _inProgress;
    private long _resends;
    private bool _begun;

    /// <param name="key">What it is.</param>
    /// <param name="rest">The target of the client's calls that are not told apart; null if this is it.</param>
    /// <param name="folded">Whether this one is not told apart: there are too many.</param>
    public TelemetryTarget(TelemetryTargetKey key, TelemetryTarget? rest, bool folded)
    {
        _key = key;
        var (operation, provider, requestModel, serverAddress, serverPort) = key;
        _rest = rest;
        _folded = folded;
        SpanName = requestModel is null ? operation : $"{operation} {requestModel}";
        List<KeyValuePair<string, object?>> attributes =
        [
            new(TelemetryNames.GenAi.OperationName, operation),
            new(TelemetryNames.GenAi.ProviderName, provider ?? TelemetryNames.UnknownProvider),
        ];
        if (requestModel is not null)
        {
            attributes.Add(new(TelemetryNames.GenAi.RequestModel, requestModel));
        }

        if (serverAddress is not null)
        {
            attributes.Add(new(TelemetryNames.ServerAddress, serverAddress));
            if (serverPort is { } port)
            {
                attributes.Add(new(TelemetryNames.ServerPort, port));
            }
        }

        _attributes = [.. attributes];
    }

    /// <summary><c>{operation} {model}</c>.</summary>
    public string SpanName { get; }

    /// <summary><c>attempt {model}</c>.</summary>
    public string AttemptSpanName => _attemptSpanName ??= AttemptSpan.NameOf(_key);

    /// <summary>The attributes of an attempt's span known before it begins.</summary>
    public KeyValuePair<string, object?>[] AttemptAttributes => _attemptAttributes ??= AttemptSpan.AttributesOf(_key);

    /// <summary>The attributes known before a call begins.</summary>
    public KeyValuePair<string, object?>[] Attributes => _attributes;

    /// <summary>The one series of a target for the rest; null on any other.</summary>
    public CallSeries? FoldedSeries { get; private init; }

    /// <summary>Calls under way, once one was counted.</summary>
    public long? InProgress => Volatile.Read(ref _begun) ? Interlocked.Read(ref _inProgress) : null;

    /// <summary>Requests that were sent again.</summary>
    public long Resends => Interlocked.Read(ref _resends);

    public static TelemetryTarget ForTheRest(TelemetryTargetKey key, MetricTags foldedTags)
    {
        var attributes = new TelemetryTarget(key, rest: null, folded: false).SeriesAttributes(TelemetryNames.Other, foldedTags);
        return new TelemetryTarget(key, rest: null, folded: false)
        {
            FoldedSeries = new CallSeries(attributes, TelemetryNames.Other, isFolded: true),
        };
    }

    public void Begin()
    {
        var counted = _folded ? _rest! : this;
        // All calls share it: written once, and only read from then on.
        if (!Volatile.Read(ref counted._begun))
        {
            Volatile.Write(ref counted._begun, true);
        }

        Interlocked.Increment(ref counted._inProgress);
    }

    public void End() => Interlocked.Decrement(ref (_folded ? _rest! : this)._inProgress);

    /// <summary>A request was sent again after one that failed.</summary>
    public void SentAgain() => Interlocked.Increment(ref (_folded ? _rest! : this)._resends);

    /// <summary>The series for a model that answered and tags. Without tags, the one used last is at hand.</summary>
    public CallSeries Series(CallSeriesTable table, string? responseModel, MetricTags tags)
    {
        if (_folded)
        {
            return _rest!.FoldedSeries!;
        }

        var untagged = ReferenceEquals(tags, MetricTags.None);
        if (untagged && Volatile.Read(ref _recent) is { } recent && recent.ResponseModel == responseModel)
        {
            return recent;
        }

        var series = table.TryGet(new CallSeriesKey(this, responseModel, tags));
        if (series is not null && untagged)
        {
            Volatile.Write(ref _recent, series);
        }

        return series ?? _rest!.FoldedSeries!;
    }

    /// <summary>The attributes set when a span is created, where samplers read them.</summary>
    public KeyValuePair<string, object?>[] SpanAttributes(bool streaming, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        streaming ? [.. _attributes, Streamed, .. tags] : [.. _attributes, .. tags];

    /// <summary>All attributes of a series.</summary>
    public KeyValuePair<string, object?>[] SeriesAttributes(string? responseModel, MetricTags tags)
    {
        return responseModel is null
            ? [.. _attributes, .. tags.Attributes]
            : [.. _attributes, new(TelemetryNames.GenAi.ResponseModel, responseModel), .. tags.Attributes];
    }
}
