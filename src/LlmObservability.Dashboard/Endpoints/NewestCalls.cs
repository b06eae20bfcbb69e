using System.Runtime.CompilerServices;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Pricing;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>The newest calls of a filter, a page in memory at a time, and what was seen of them on the way. For one reading.</summary>
internal sealed class NewestCalls(ILlmStore store, LlmFilter filter, int limit, WhatIf asRecorded)
{
    /// <summary>What reading from the cache saved those read, by each one's own model.</summary>
    public CacheSavings Savings { get; private set; }

    /// <summary>When the oldest of those read began; null when there is none.</summary>
    public DateTimeOffset? Oldest { get; private set; }

    /// <summary>Whether there are more than the limit.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Where the store stopped looking; null when it looked at all.</summary>
    public DateTimeOffset? CappedFrom { get; private set; }

    public async IAsyncEnumerable<LlmCall> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        for (var left = limit; left > 0;)
        {
            var page = await store.ListAsync(
                new LlmListRequest { Filter = filter, Limit = Math.Min(left, LlmListRequest.MaxLimit), Cursor = next }, cancellationToken).ConfigureAwait(false);
            foreach (var call in page.Calls)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Savings = Savings.And(asRecorded.CacheSavingsNanos(call));
                Oldest = call.StartedAt;
                yield return call;
            }

            (left, next, CappedFrom) = (left - page.Calls.Count, page.Next, page.CappedFrom);
            if (next is null || CappedFrom is not null)
            {
                yield break;
            }
        }

        IsCut = true;
    }
}
