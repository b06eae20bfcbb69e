namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Names of what a sink's records tell beyond spans and log events; docs/otlp.md lists them. Counts of this library's own never stand below <c>gen_ai.usage.</c>, where back ends would add them up.</summary>
internal static class OtlpNames
{
    /// <summary>What makes a record that comes again known.</summary>
    public const string Uid = "log.record.uid";

    public const string EvaluationEvent = "gen_ai.evaluation.result";
    public const string EvaluationName = "gen_ai.evaluation.name";
    public const string EvaluationScore = "gen_ai.evaluation.score.value";
    public const string EvaluationLabel = "gen_ai.evaluation.score.label";

    public const string CallEvent = Prefix + "call";
    public const string AttemptEvent = Prefix + "attempt";
    public const string ToolCallEvent = Prefix + "tool_call";
    public const string AmendmentEvent = Prefix + "amendment";

    /// <summary>Before what an attempt tells; what else it tells has the conventions' names that no back end adds up.</summary>
    public const string Attempt = Prefix + "attempt.";

    /// <summary>Before what a tool call tells.</summary>
    public const string ToolCall = Prefix + "tool_call.";

    /// <summary>Behind one of these prefixes: the span in which it happened, beside its own in the record's field.</summary>
    public const string ParentSpanId = "parent_span_id";

    /// <summary>Before what an amendment tells.</summary>
    public const string Amendment = Prefix + "amendment.";

    /// <summary>Before what a call tells.</summary>
    public const string Prefix = "llm_observability.";
}
