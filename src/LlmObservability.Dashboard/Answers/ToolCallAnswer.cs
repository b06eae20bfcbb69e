namespace LlmObservability.Dashboard.Answers;

/// <summary>A tool call.</summary>
internal sealed record ToolCallAnswer
{
    public ToolCallAnswer(LlmToolCall toolCall)
    {
        Ordinal = toolCall.Ordinal;
        StartedAt = toolCall.StartedAt;
        TraceId = toolCall.TraceId;
        SpanId = toolCall.SpanId;
        ParentSpanId = toolCall.ParentSpanId;
        Name = toolCall.Name;
        Type = toolCall.Type;
        ToolCallId = toolCall.ToolCallId;
        Outcome = toolCall.Outcome.ToName();
        ErrorType = toolCall.ErrorType;
        DurationUs = toolCall.Duration.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    public int Ordinal { get; }

    public DateTimeOffset StartedAt { get; }

    public string? TraceId { get; }

    public string? SpanId { get; }

    public string? ParentSpanId { get; }

    public string Name { get; }

    public string Type { get; }

    public string? ToolCallId { get; }

    public string Outcome { get; }

    public string? ErrorType { get; }

    public long DurationUs { get; }
}
