namespace LlmObservability.Telemetry;

/// <summary>
/// What spans and metrics say of one operation on one client and model, worked out once: span name, attributes set at
/// creation, attributes that all its series share. Thread-safe.
/// </summary>
internal sealed class TelemetryTarget
{
    private static readonly KeyValuePair<string, object?> Streamed = new(TelemetryNames.GenAi.RequestStream, true);

    private readonly KeyValuePair<string, object?>[] _attributes;
    private readonly TelemetryTarget? _foldedInto;
    private RecentSeries? _recent;
    private long _inProgress;

    /// <param name="key">What it is.</param>
    /// <param name="foldedInto">Where its metrics are counted when there are too many targets; null for its own.</param>
    public TelemetryTarget(TelemetryTargetKey key, TelemetryTarget? foldedInto)
    {
        var (operation, provider, requestModel, serverAddress, serverPort) = key;
        _foldedInto = foldedInto;
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

    /// <summary>The attributes known before a call begins.</summary>
    public KeyValuePair<string, object?>[] Attributes => _attributes;

    public long InProgress => Interlocked.Read(ref _inProgress);

    public void Begin() => Interlocked.Increment(ref (_foldedInto ?? this)._inProgress);

    public void End() => Interlocked.Decrement(ref (_foldedInto ?? this)._inProgress);

    /// <summary>The series for a model that answered and tags; the one used last is at hand.</summary>
    public CallSeries Series(CallSeriesTable table, string? responseModel, MetricTags tags)
    {
        var recent = Volatile.Read(ref _recent);
        if (recent is not null && recent.ResponseModel == responseModel && recent.Tags.Equals(tags))
        {
            return recent.Series;
        }

        var series = table.Get(new CallSeriesKey(_foldedInto ?? this, responseModel, tags), out var folded);
        if (!folded)
        {
            Volatile.Write(ref _recent, new RecentSeries(responseModel, tags, series));
        }

        return series;
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

    private sealed record RecentSeries(string? ResponseModel, MetricTags Tags, CallSeries Series);
}
