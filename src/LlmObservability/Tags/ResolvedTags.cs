using LlmObservability.Telemetry;

namespace LlmObservability.Tags;

/// <summary>Tags in canonical form, with what was told beside them. Shared by all calls of a scope; thread-safe.</summary>
/// <param name="resolver">Who resolved them: hashing and bounds are per observer.</param>
/// <param name="tags">The canonical tags.</param>
/// <param name="queueWait">The queue wait that was told, if any.</param>
/// <param name="metricTags">Those that are metric attributes.</param>
internal sealed class ResolvedTags(object resolver, LlmTags tags, TimeSpan? queueWait, MetricTags metricTags)
{
    private KeyValuePair<string, object?>[]? _spanAttributes;
    private RecentSpan? _recentSpan;

    public object Resolver => resolver;

    public LlmTags Tags => tags;

    public TimeSpan? QueueWait => queueWait;

    public MetricTags MetricTags => metricTags;

    /// <summary>As span attributes; made when the first span asks for them. A race only makes them twice.</summary>
    public KeyValuePair<string, object?>[] SpanAttributes => _spanAttributes ??= TagAttributes.ForSpans(tags);

    /// <summary>What a span on this target has from its creation on, these tags among it; made once for the calls of a scope.</summary>
    public KeyValuePair<string, object?>[] SpanAttributesFor(TelemetryTarget target, bool streaming)
    {
        var recent = Volatile.Read(ref _recentSpan);
        if (recent is null || !ReferenceEquals(recent.Target, target) || recent.Streaming != streaming)
        {
            recent = new RecentSpan(target, streaming, target.SpanAttributes(streaming, SpanAttributes));
            Volatile.Write(ref _recentSpan, recent);
        }

        return recent.Attributes;
    }

    private sealed record RecentSpan(TelemetryTarget Target, bool Streaming, KeyValuePair<string, object?>[] Attributes);
}
