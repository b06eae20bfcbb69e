namespace LlmObservability.Queries;

/// <summary>
/// The read contract: what every store answers, whatever it keeps calls in. Safe for parallel use.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Exact: every list, count, token sum, nano-dollar sum, minimum and maximum.</item>
/// <item>Within 2% relative error: the percentiles of <see cref="LlmDistribution"/>; <see cref="LlmDistribution.Sum"/> of a
/// non-integer field is a double's sum.</item>
/// <item>Nulls sort last, ascending and descending.</item>
/// <item>Text compares by code point (ordinal), and a text condition is case-sensitive.</item>
/// <item>Amendments are returned beside their call. Aggregates count effective costs: of a call with amendments of kind
/// <c>repricing</c>, the cost of the newest one (none, if it has none). Every list, filter and order goes by the call as recorded,
/// and no other kind of amendment changes an answer.</item>
/// <item>A store may bound what it reads for one answer; the answer says so (<c>CappedFrom</c>).</item>
/// <item>A request that cannot be answered (unknown field, malformed value, tampered cursor, limit out of range) throws
/// <see cref="LlmQueryException"/>, which names the parameter at fault.</item>
/// </list>
/// </remarks>
public interface ILlmStore
{
    /// <summary>One call with all that belongs to it, or null.</summary>
    ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>A page of calls. Following <see cref="LlmPage.Next"/> never repeats or skips a call, whatever is inserted meanwhile.</summary>
    ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken);

    /// <summary>Measures over the calls of a filter, grouped by up to three fields and by time.</summary>
    ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken);

    /// <summary>The distinct values of a field with their counts, most frequent first, then by value.</summary>
    ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken);

    /// <summary>The tools of the calls of a filter, most frequent first, then by name and type.</summary>
    ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken);

    /// <summary>All calls of a filter, oldest first, streamed in constant memory.</summary>
    IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken);
}
