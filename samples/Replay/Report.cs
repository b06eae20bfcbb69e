using LlmObservability.Queries;

namespace Replay;

/// <summary>What was sent, and what the store holds of it.</summary>
internal sealed record Report(ReplayTotals Sent, LlmAggregate Stored, long Dropped, TimeSpan Elapsed)
{
    private const int MaxModels = 20;

    public ReplayTotals StoredTotals => new(Stored.Total.Calls, Stored.Total.InputTokens, Stored.Total.OutputTokens);

    public bool Equal => StoredTotals == Sent;

    /// <summary>Reads back the calls of one run.</summary>
    public static async Task<LlmAggregate> ReadAsync(
        ILlmStore store, string runId, DateTimeOffset from, CancellationToken cancellationToken)
    {
        return await store.AggregateAsync(
            new LlmAggregateRequest
            {
                Filter = new LlmFilter
                {
                    From = from,
                    Conditions = [new LlmCondition(LlmField.Tag(Sender.RunTag), LlmOperator.In, runId)],
                },
                GroupBy = [LlmField.Model],
                Top = MaxModels,
                TopBy = LlmTopBy.Cost,
                Percentiles = true,
            },
            cancellationToken);
    }
}
