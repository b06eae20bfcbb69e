using System.Diagnostics;

namespace LlmObservability;

/// <summary>Spans and metrics. Both cost next to nothing until somebody listens to <see cref="LlmTelemetry"/>'s names.</summary>
public sealed class LlmTelemetryOptions
{
    /// <summary>
    /// Keys of the tags that become metric attributes (<c>llm_observability.tag.{key}</c>): first-class ones in any
    /// spelling, own ones as they are given. Default none. At most 8; never <c>user</c>, <c>tenant</c>, <c>session</c>,
    /// <c>conversation</c>, <c>episode</c> or the id of a request, whose values have no bound: ask the store about those.
    /// </summary>
    public IList<string> MetricTags { get; } = [];

    /// <summary>
    /// The most combinations of models and tag values that metrics tell apart. Default 1,000; 10 to 100,000. What comes
    /// beyond is counted with <c>_OTHER</c> in their place, in one series for each client, and how many calls that were in
    /// <c>llm_observability.metrics.folded</c>.
    /// </summary>
    public int MaxMetricSeries { get; set; } = 1_000;

    /// <summary>
    /// Whether the conventions' metrics (<c>gen_ai.client.*</c>) are recorded. Default true. Switch them off where another
    /// instrumentation of the same calls records them and nobody listens to its spans, by which it would be recognised.
    /// </summary>
    public bool ConventionMetrics { get; set; } = true;

    /// <summary>
    /// Whether spans and metrics follow the GenAI conventions under development instead of v1.41. Default: whether the
    /// configuration key or environment variable <c>OTEL_SEMCONV_STABILITY_OPT_IN</c> contains
    /// <c>gen_ai_latest_experimental</c>, read once at start.
    /// </summary>
    public bool? LatestConventions { get; set; }

    /// <summary>
    /// Adds attributes of the application's own to a call's span before it ends; beside another instrumentation to that one's span,
    /// once for each call in it. Default none; add with <c>+=</c>. Called where the span wants data, on the thread that
    /// ends the call: it must be quick and thread-safe. What it throws is counted and logged as a failure of the recorder, and
    /// harms nothing. Read once at start.
    /// </summary>
    public Action<Activity, LlmCall>? EnrichSpan { get; set; }

    /// <summary>The same as <see cref="EnrichSpan"/> for the span of a tool call.</summary>
    public Action<Activity, LlmToolCall>? EnrichToolSpan { get; set; }
}
