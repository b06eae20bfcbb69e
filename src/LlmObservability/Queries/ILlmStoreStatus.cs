namespace LlmObservability.Queries;

/// <summary>What a store may tell of itself, beside <see cref="ILlmStore"/>. Safe for parallel use.</summary>
public interface ILlmStoreStatus
{
    /// <summary>How the store stands now: what it keeps, and what waits. Costs little, and does not grow with the calls that are kept.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<LlmStoreStatus> GetStatusAsync(CancellationToken cancellationToken);
}
