using System.Globalization;
using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>The messages of OTLP that a sink may send, field by field as opentelemetry-proto defines them, in their JSON encoding.</summary>
internal sealed class OtlpSchema(params (string Field, Action<JsonElement> Check)[] fields)
{
    private static readonly OtlpSchema KeyValue = new(("key", NotEmpty), ("value", value => Value!.Check(value)));

    private static readonly OtlpSchema ArrayValue = new(("values", value => Each(value, item => Value!.Check(item))));

    private static readonly OtlpSchema Value = new(
        ("stringValue", Text), ("intValue", Integer), ("doubleValue", value => value.ValueKind.ShouldBe(JsonValueKind.Number)),
        ("boolValue", value => value.GetBoolean()), ("arrayValue", ArrayValue.Check));

    private static readonly OtlpSchema Resource = new(("attributes", Attributes));

    private static readonly OtlpSchema Scope = new(("name", NotEmpty), ("version", NotEmpty));

    private static readonly OtlpSchema LogRecord = new(
        ("timeUnixNano", Time), ("observedTimeUnixNano", Time), ("severityNumber", value => value.GetInt32().ShouldBeInRange(1, 24)), ("severityText", NotEmpty),
        ("eventName", NotEmpty), ("body", Value.Check), ("attributes", Attributes), ("traceId", Id(32)), ("spanId", Id(16)));

    private static readonly OtlpSchema Status = new(("code", value => value.GetInt32().ShouldBeInRange(0, 2)));

    private static readonly OtlpSchema Link = new(("traceId", Id(32)), ("spanId", Id(16)));

    private static readonly OtlpSchema Span = new(
        ("traceId", Id(32)), ("spanId", Id(16)), ("parentSpanId", Id(16)), ("name", Text), ("kind", value => value.GetInt32().ShouldBeInRange(1, 5)),
        ("startTimeUnixNano", Time), ("endTimeUnixNano", Time), ("attributes", Attributes), ("status", Status.Check),
        ("links", value => Each(value, Link.Check)));

    public static OtlpSchema Logs { get; } = Request("resourceLogs", "scopeLogs", "logRecords", LogRecord);

    public static OtlpSchema Spans { get; } = Request("resourceSpans", "scopeSpans", "spans", Span);

    public void Check(JsonElement message)
    {
        message.ValueKind.ShouldBe(JsonValueKind.Object);
        var names = message.EnumerateObject().Select(property => property.Name).ToArray();
        names.Distinct().Count().ShouldBe(names.Length);
        foreach (var property in message.EnumerateObject())
        {
            // Without expressions to compile: there are thousands of fields.
            var known = Array.Find(fields, field => field.Field == property.Name);
            if (known.Check is null)
            {
                Assert.Fail($"There is no field '{property.Name}'.");
            }

            known.Check(property.Value);
        }
    }

    private static OtlpSchema Request(string resources, string scopes, string records, OtlpSchema record)
    {
        var scope = new OtlpSchema(("scope", Scope.Check), ("schemaUrl", NotEmpty), (records, value => Each(value, record.Check)));
        var resource = new OtlpSchema(("resource", Resource.Check), ("schemaUrl", NotEmpty), (scopes, value => Each(value, scope.Check)));
        return new OtlpSchema((resources, value => Each(value, resource.Check)));
    }

    private static void Each(JsonElement list, Action<JsonElement> check)
    {
        foreach (var item in list.EnumerateArray())
        {
            check(item);
        }
    }

    private static void Attributes(JsonElement list)
    {
        Each(list, item =>
        {
            KeyValue.Check(item);
            item.GetProperty("value").EnumerateObject().Count().ShouldBe(1);
        });
        list.EnumerateArray().Select(item => item.GetProperty("key").GetString()).Distinct().Count().ShouldBe(list.GetArrayLength());
    }

    private static void Text(JsonElement value) => value.ValueKind.ShouldBe(JsonValueKind.String);

    private static void NotEmpty(JsonElement value) => value.GetString().ShouldNotBeNullOrEmpty();

    private static void Integer(JsonElement value) => long.Parse(value.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static void Time(JsonElement value) => ulong.Parse(value.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);

    private static Action<JsonElement> Id(int length) => value =>
    {
        var id = value.GetString()!;
        id.Length.ShouldBe(length);
        id.All(char.IsAsciiHexDigitLower).ShouldBeTrue();
        id.Any(digit => digit != '0').ShouldBeTrue();
    };
}
