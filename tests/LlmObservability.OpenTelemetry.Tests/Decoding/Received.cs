using System.Globalization;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Tests.Decoding;

/// <summary>What a receiver was sent, as typed objects. Defaults of protobuf that are not on the wire are filled in.</summary>
internal sealed class Received(IReadOnlyList<JsonElement> requests)
{
    /// <summary>How it came: <c>http/protobuf</c>, <c>http/json</c> or <c>grpc</c>.</summary>
    public IReadOnlyList<string> Transports => [.. requests.Select(Transport).Distinct()];

    public bool AllCompressed => requests.All(request => request.GetProperty("compressed").GetBoolean());

    public IReadOnlyList<ReceivedSpan> Spans =>
        [.. Items("traces", "resourceSpans", "scopeSpans", "spans").Select(item => new ReceivedSpan(item.Resource, item.Scope, item.Item))];

    public IReadOnlyList<ReceivedLog> Logs =>
        [.. Items("logs", "resourceLogs", "scopeLogs", "logRecords").Select(item => new ReceivedLog(item.Resource, item.Scope, item.Item))];

    public IReadOnlyList<ReceivedMetric> Metrics =>
        [.. Items("metrics", "resourceMetrics", "scopeMetrics", "metrics").Select(item => new ReceivedMetric(item.Resource, item.Scope, item.Item))];

    /// <summary>What came that way alone.</summary>
    public Received Over(string transport) => new([.. requests.Where(request => Transport(request) == transport)]);

    private static string Transport(JsonElement request) => request.GetProperty("transport").GetString()!;

    private IEnumerable<(IReadOnlyDictionary<string, object?> Resource, ReceivedScope Scope, JsonElement Item)> Items(
        string signal, string resources, string scopes, string items) =>
        from request in requests
        where request.GetProperty("signal").GetString() == signal
        from resource in List(request.GetProperty("body"), resources)
        from scope in List(resource, scopes)
        from item in List(scope, items)
        select (Attributes(resource.GetProperty("resource")), new ReceivedScope(scope), item);

    internal static IEnumerable<JsonElement> List(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) ? list.EnumerateArray() : [];

    internal static string Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var text) ? text.GetString()! : "";

    internal static int Number(JsonElement owner, string name) => owner.TryGetProperty(name, out var number) ? number.GetInt32() : 0;

    internal static long Long(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var text) ? long.Parse(text.GetString()!, CultureInfo.InvariantCulture) : 0;

    /// <summary>Each key once: a second of the same is an error of whoever sent it.</summary>
    internal static IReadOnlyDictionary<string, object?> Attributes(JsonElement owner) =>
        List(owner, "attributes").ToDictionary(pair => pair.GetProperty("key").GetString()!, pair => Value(pair.GetProperty("value")), StringComparer.Ordinal);

    /// <summary>A string, bool, long, double, or an array of them; null for an empty value.</summary>
    internal static object? Value(JsonElement value)
    {
        foreach (var kind in value.EnumerateObject())
        {
            return kind.Name switch
            {
                "stringValue" => kind.Value.GetString(),
                "boolValue" => kind.Value.GetBoolean(),
                "intValue" => long.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture),
                "doubleValue" => kind.Value.GetDouble(),
                "arrayValue" => List(kind.Value, "values").Select(Value).ToArray(),
                _ => throw new NotSupportedException(kind.Name),
            };
        }

        return null;
    }
}

/// <summary>The instrumentation that something is from.</summary>
internal sealed record ReceivedScope(string Name, string Version, string SchemaUrl)
{
    public ReceivedScope(JsonElement item)
        : this(Received.Text(item.GetProperty("scope"), "name"), Received.Text(item.GetProperty("scope"), "version"), Received.Text(item, "schemaUrl"))
    {
    }
}

internal sealed class ReceivedSpan(IReadOnlyDictionary<string, object?> resource, ReceivedScope scope, JsonElement span)
{
    public IReadOnlyDictionary<string, object?> Resource => resource;

    public ReceivedScope Scope => scope;

    public string Name => Received.Text(span, "name");

    /// <summary>1 internal, 2 server, 3 client.</summary>
    public int Kind => Received.Number(span, "kind");

    public string TraceId => Received.Text(span, "traceId");

    public string SpanId => Received.Text(span, "spanId");

    /// <summary>Empty for a root.</summary>
    public string ParentSpanId => Received.Text(span, "parentSpanId");

    public long StartUnixNano => Received.Long(span, "startTimeUnixNano");

    public long EndUnixNano => Received.Long(span, "endTimeUnixNano");

    /// <summary>0 unset, 1 ok, 2 error.</summary>
    public int Status => span.TryGetProperty("status", out var status) ? Received.Number(status, "code") : 0;

    public string StatusMessage => span.TryGetProperty("status", out var status) ? Received.Text(status, "message") : "";

    public int EventCount => Received.List(span, "events").Count();

    public IReadOnlyDictionary<string, object?> Attributes { get; } = Received.Attributes(span);

    public override string ToString() => $"{Name} {span}";
}

internal sealed class ReceivedLog(IReadOnlyDictionary<string, object?> resource, ReceivedScope scope, JsonElement log)
{
    public IReadOnlyDictionary<string, object?> Resource => resource;

    public ReceivedScope Scope => scope;

    public string EventName => Received.Text(log, "eventName");

    public string Body => log.TryGetProperty("body", out var body) ? (string)Received.Value(body)! : "";

    /// <summary>9 information, 13 warning.</summary>
    public int Severity => Received.Number(log, "severityNumber");

    public string TraceId => Received.Text(log, "traceId");

    public string SpanId => Received.Text(log, "spanId");

    public long TimeUnixNano => Received.Long(log, "timeUnixNano");

    public long ObservedTimeUnixNano => Received.Long(log, "observedTimeUnixNano");

    public IReadOnlyDictionary<string, object?> Attributes { get; } = Received.Attributes(log);

    public override string ToString() => log.ToString();
}

internal sealed class ReceivedMetric(IReadOnlyDictionary<string, object?> resource, ReceivedScope scope, JsonElement metric)
{
    private static readonly string[] Types = ["histogram", "sum", "gauge"];

    public IReadOnlyDictionary<string, object?> Resource => resource;

    public ReceivedScope Scope => scope;

    public string Name => Received.Text(metric, "name");

    public string Unit => Received.Text(metric, "unit");

    /// <summary><c>histogram</c>, <c>sum</c> or <c>gauge</c>.</summary>
    public string Type { get; } = Types.Single(type => metric.TryGetProperty(type, out _));

    public bool IsMonotonic => Data.TryGetProperty("isMonotonic", out var monotonic) && monotonic.GetBoolean();

    /// <summary>1 delta, 2 cumulative.</summary>
    public int Temporality => Received.Number(Data, "aggregationTemporality");

    public IReadOnlyList<ReceivedPoint> Points => [.. Received.List(Data, "dataPoints").Select(point => new ReceivedPoint(point))];

    private JsonElement Data => metric.GetProperty(Type);

    public override string ToString() => metric.ToString();
}

internal sealed class ReceivedPoint(JsonElement point)
{
    public IReadOnlyDictionary<string, object?> Attributes { get; } = Received.Attributes(point);

    /// <summary>Of a sum or a gauge.</summary>
    public double Value => NumberOf(point);

    public long Count => Received.Long(point, "count");

    public double Sum => point.TryGetProperty("sum", out var sum) ? sum.GetDouble() : 0;

    public IReadOnlyList<double> Bounds => [.. Received.List(point, "explicitBounds").Select(bound => bound.GetDouble())];

    public IReadOnlyList<long> Buckets => [.. Received.List(point, "bucketCounts").Select(count => long.Parse(count.GetString()!, CultureInfo.InvariantCulture))];

    public IReadOnlyList<ReceivedExemplar> Exemplars =>
        [.. Received.List(point, "exemplars").Select(exemplar =>
            new ReceivedExemplar(NumberOf(exemplar), Received.Text(exemplar, "traceId"), Received.Text(exemplar, "spanId")))];

    private static double NumberOf(JsonElement owner) => owner.TryGetProperty("asInt", out _) ? Received.Long(owner, "asInt")
        : owner.TryGetProperty("asDouble", out var number) ? number.GetDouble() : 0;
}

internal sealed record ReceivedExemplar(double Value, string TraceId, string SpanId);
