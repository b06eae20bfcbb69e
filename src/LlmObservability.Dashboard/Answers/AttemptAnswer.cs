using System.Diagnostics.CodeAnalysis;

namespace LlmObservability.Dashboard.Answers;

/// <summary>An attempt inside a call.</summary>
internal sealed record AttemptAnswer : ExchangeAnswer
{
    [SetsRequiredMembers]
    public AttemptAnswer(LlmAttempt attempt)
        : base(attempt.Tokens, attempt.Http, attempt.Cost, attempt.CostReason, attempt.PriceEntry, attempt.CatalogDate)
    {
        Ordinal = attempt.Ordinal;
        StartedAt = attempt.StartedAt;
        SpanId = attempt.SpanId;
        ParentSpanId = attempt.ParentSpanId;
        Provider = attempt.Provider;
        RequestModel = attempt.RequestModel;
        ResponseModel = attempt.ResponseModel;
        ResponseId = attempt.ResponseId;
        ServerAddress = attempt.ServerAddress;
        Outcome = attempt.Outcome.ToName();
        HttpStatus = attempt.HttpStatus;
        ErrorType = attempt.ErrorType;
        FinishReason = attempt.FinishReason;
        DurationUs = Microseconds(attempt.Duration);
        TimeToFirstTokenUs = Microseconds(attempt.TimeToFirstToken);
    }

    public int Ordinal { get; }

    public string? SpanId { get; }

    public string? ParentSpanId { get; }
}
