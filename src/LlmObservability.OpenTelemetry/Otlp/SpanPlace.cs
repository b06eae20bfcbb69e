namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Where a span stands; empty for what it has none of.</summary>
/// <param name="trace">Its trace.</param>
/// <param name="parent">The span that it is inside of.</param>
internal readonly ref struct SpanPlace(ReadOnlySpan<char> trace, ReadOnlySpan<char> parent)
{
    public ReadOnlySpan<char> Trace { get; } = trace;

    public ReadOnlySpan<char> Parent { get; } = parent;

    /// <summary>The trace of a span that it belongs to and is not inside of.</summary>
    public ReadOnlySpan<char> LinkedTrace { get; init; }

    /// <summary>That span.</summary>
    public ReadOnlySpan<char> LinkedSpan { get; init; }
}
