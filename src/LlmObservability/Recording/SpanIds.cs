using System.Diagnostics;

namespace LlmObservability;

/// <summary>Where in a trace something happened, in hex. Made only where somebody traces, so that others do not carry it. Immutable.</summary>
internal sealed record SpanIds(string? TraceId, string? SpanId, string? ParentSpanId)
{
    public static readonly SpanIds None = new(null, null, null);

    /// <summary>What to keep of it: null where it says nothing, so that equal records are equal.</summary>
    public static SpanIds? Keep(SpanIds ids) => ids == None ? null : ids;

    /// <summary>The same with this trace; null where nothing is left.</summary>
    public static SpanIds? WithTrace(SpanIds? ids, string? trace) => ids?.TraceId == trace ? ids : Keep((ids ?? None) with { TraceId = trace });

    /// <summary>The same with this span; null where nothing is left.</summary>
    public static SpanIds? WithSpan(SpanIds? ids, string? span) => ids?.SpanId == span ? ids : Keep((ids ?? None) with { SpanId = span });

    /// <summary>The same with this parent; null where nothing is left.</summary>
    public static SpanIds? WithParent(SpanIds? ids, string? parent) => ids?.ParentSpanId == parent ? ids : Keep((ids ?? None) with { ParentSpanId = parent });

    /// <summary>A span of its own, in its trace and with its parent; null for an activity whose ids are not W3C's.</summary>
    public static SpanIds? Of(Activity span) => span.IdFormat != ActivityIdFormat.W3C ? null : new(
        span.TraceId.ToHexString(), span.SpanId.ToHexString(), span.ParentSpanId == default ? null : span.ParentSpanId.ToHexString());

    /// <summary>An attempt's span, without its trace: that is the call's.</summary>
    public static SpanIds? OfAttempt(Activity span) =>
        Of(span) is { SpanId: var id, ParentSpanId: var parent } ? new SpanIds(null, id, parent) : null;

    /// <summary>What has no span, inside an activity; null for none, and for one whose ids are not W3C's.</summary>
    public static SpanIds? Inside(Activity? around) => around is { IdFormat: ActivityIdFormat.W3C }
        ? new(around.TraceId.ToHexString(), null, around.SpanId.ToHexString())
        : null;
}
