namespace LlmObservability.Faults.Harness;

/// <summary>A row of the store, as far as it is compared. A span does not tell how many tools were asked for: null.</summary>
internal sealed record StoredCall(
    Guid Id, long StartedAt, long? InputTokens, long? OutputTokens, long? CostNanos, int AttemptCount, int? ToolCallCount, string? Tenant, string? Number);
