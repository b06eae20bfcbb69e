using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Live;

/// <summary>
/// Finds the calls that are new in a store since the last look, whoever wrote them. It looks at the newest calls of a filter, and
/// remembers the ids that it saw there; nothing gathers between two looks, however slow their reader is. For one reader.
/// </summary>
/// <remarks>
/// What a look sees are the newest calls by their start. So of those that were not among the last ones, all are new to the reader; and
/// when none of a full look was seen before, there were more in between, which are counted and passed over.
/// </remarks>
internal sealed class LiveFeed(ILlmStore store, LlmFilter filter, int most, TimeSpan window, TimeProvider time)
{
    private HashSet<Guid> _seen = [];
    private DateTimeOffset _newest;

    /// <summary>Whether the store answered the last look.</summary>
    public bool IsAnswered { get; set; } = true;

    /// <summary>Remembers what is there already, which is not told.</summary>
    /// <param name="after">The last call that the reader knows; what began after it is told. Null for none.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>How many calls are remembered.</returns>
    public async Task<int> BeginAsync(Guid? after, CancellationToken cancellationToken)
    {
        var page = await LookAsync(cancellationToken).ConfigureAwait(false);
        // Anybody may say what they know: an id of no call, or of one in the year 9999.
        var now = time.GetUtcNow();
        DateTimeOffset? known = after is { } id && LlmCallId.TryGetTime(id, out var begin) && begin < now ? begin : null;
        var seen = page.Calls.Where(call => known is null || call.StartedAt <= known || call.Id == after).ToList();
        _seen = [.. seen.Select(call => call.Id)];
        _newest = seen.Count > 0 ? seen[0].StartedAt : known ?? now;
        return _seen.Count;
    }

    public async Task<LiveNews> NextAsync(CancellationToken cancellationToken)
    {
        var page = await LookAsync(cancellationToken).ConfigureAwait(false);
        var news = page.Calls.Where(call => !_seen.Contains(call.Id)).ToList();
        if (news.Count == 0)
        {
            return new LiveNews(0, []);
        }

        var skipped = page.Next is not null && news.Count == page.Calls.Count
            ? await CountAsync(_newest, page.Calls[^1], cancellationToken).ConfigureAwait(false)
            : 0;
        _seen = [.. page.Calls.Select(call => call.Id)];
        _newest = page.Calls[0].StartedAt;
        news.Reverse();
        return new LiveNews(skipped, news);
    }

    private ValueTask<LlmPage> LookAsync(CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - window;
        return store.ListAsync(
            new LlmListRequest { Filter = filter.From > since ? filter : filter with { From = since }, Limit = most },
            cancellationToken);
    }

    /// <summary>How many calls began after one that was told, and before the oldest that is now.</summary>
    private async Task<long> CountAsync(DateTimeOffset after, LlmCall before, CancellationToken cancellationToken)
    {
        var from = after + TimeSpan.FromMicroseconds(1);
        from = filter.From > from ? filter.From.Value : from;
        if (from >= before.StartedAt)
        {
            return 0;
        }

        var between = filter with { From = from, To = before.StartedAt };
        var answer = await store.AggregateAsync(
            new LlmAggregateRequest { Filter = between, Measures = LlmMeasureSet.Spend }, cancellationToken).ConfigureAwait(false);
        return answer.Total.Calls;
    }
}
