using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Live;

/// <summary>
/// Finds the calls that are new in a store since the last look, whoever wrote them. It looks at the newest calls of a filter, and
/// remembers the ids that it saw there; nothing gathers between two looks, however slow their reader is. For one reader.
/// </summary>
/// <remarks>
/// What a look sees are the newest calls by their start. So of those that were not among the last ones, all are new to the reader.
/// Where there are more than a look sees, all of the window are counted now and then: a call that lasted long, or one of a burst, is
/// never seen, and the count says so.
/// </remarks>
internal sealed class LiveFeed(ILlmStore store, LlmFilter filter, int most, TimeSpan window, TimeProvider time)
{
    // Most looks do not count: a count costs as much as a look, and finds later what an earlier one would have.
    private const int LooksPerCount = 5;

    private readonly LiveTally _tally = new();
    private HashSet<Guid> _seen = [];
    private DateTimeOffset _newest;
    private long _missed;
    private bool _isFull;
    private int _looks;

    /// <summary>Remembers what is there already, which is not told.</summary>
    /// <param name="after">The last call that the reader knows; what began or ended after it is told. Null for none.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>The id after which a reader comes again that was told nothing yet.</returns>
    public async Task<Guid> BeginAsync(Guid? after, CancellationToken cancellationToken)
    {
        var (now, since) = (time.GetUtcNow(), Since());
        var page = await ListAsync(since, cancellationToken).ConfigureAwait(false);
        _isFull = page.Next is not null;
        // Anybody may say what they know: an id of no call, or of one in the year 9999.
        var known = after is { } id && LlmCallId.TryGetTime(id, out var began) && began < now ? (id, began) : ((Guid Id, DateTimeOffset Began)?)null;
        var seen = known is { } last
            ? await SeenBeforeAsync(page, last.Id, last.Began, since, cancellationToken).ConfigureAwait(false)
            : page.Calls;
        _tally.Begin(
            since,
            _isFull ? await CountAsync(since, null, cancellationToken).ConfigureAwait(false) - (page.Calls.Count - seen.Count) : seen.Count);
        _seen = [.. seen.Select(call => call.Id)];
        _newest = page.Calls.Count > 0 ? page.Calls[0].StartedAt : now;
        return known?.Id ?? LlmCallId.Create(now);
    }

    public async Task<LiveNews> NextAsync(CancellationToken cancellationToken)
    {
        var since = Since();
        var isCounted = _isFull && ++_looks >= LooksPerCount;
        var (counted, later) = isCounted ? await CountBothAsync(since, cancellationToken).ConfigureAwait(false) : default;
        var page = await ListAsync(since, cancellationToken).ConfigureAwait(false);
        var news = page.Calls.Where(call => !_seen.Contains(call.Id)).ToList();
        var skipped = _missed;
        if (page.Next is null)
        {
            _looks = 0;
            _tally.Begin(since, page.Calls.Count);
        }
        else
        {
            // A burst is told at once, since none of it was there before.
            var burst = news.Count == page.Calls.Count
                ? await CountAsync(_newest + TimeSpan.FromMicroseconds(1), page.Calls[^1].StartedAt, cancellationToken).ConfigureAwait(false)
                : 0;
            _tally.Tell(news.Count + burst);
            skipped += burst;
            if (isCounted)
            {
                _looks = 0;
                skipped += _tally.Take(counted, news.Count + burst);
                if (since - _tally.From >= window)
                {
                    _tally.Advance(since, counted, later);
                }
            }
        }

        _missed = 0;
        _isFull = page.Next is not null;
        _seen = [.. page.Calls.Select(call => call.Id)];
        _newest = page.Calls.Count > 0 ? page.Calls[0].StartedAt : _newest;
        news.Reverse();
        return new LiveNews(skipped, news);
    }

    /// <summary>What a reader knows that comes again; counts what it cannot be told.</summary>
    private async Task<IReadOnlyList<LlmCall>> SeenBeforeAsync(
        LlmPage page, Guid after, DateTimeOffset began, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // An id holds milliseconds; the call itself tells exactly, and when it ended, which is about when it was told.
        var last = page.Calls.FirstOrDefault(call => call.Id == after);
        var known = last?.StartedAt ?? began;
        var ended = known + Min(last?.Duration ?? TimeSpan.Zero, window);
        List<LlmCall> seen = [.. page.Calls.Where(call => call.Id == after || (call.StartedAt <= known && call.Duration <= ended - call.StartedAt))];
        if (!_isFull || seen.Count == 0)
        {
            var from = last is null ? began + TimeSpan.FromMilliseconds(1) : known + TimeSpan.FromMicroseconds(1);
            _missed = await CountAsync(from, _isFull ? page.Calls[^1].StartedAt : since, cancellationToken).ConfigureAwait(false);
        }

        return seen;
    }

    /// <summary>The calls since when counts go, and since when they will go from now on; the same unless it is time to advance.</summary>
    private async Task<(long Counted, long Later)> CountBothAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var counted = await CountAsync(_tally.From, null, cancellationToken).ConfigureAwait(false);
        var later = since - _tally.From >= window ? await CountAsync(since, null, cancellationToken).ConfigureAwait(false) : counted;
        return (counted, later);
    }

    // Whole minutes, since which stores can tell from sums.
    private DateTimeOffset Since()
    {
        var ticks = (time.GetUtcNow() - window).UtcTicks;
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
    }

    private async Task<LlmPage> ListAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        // A feed whose end has passed finds nothing any more.
        return filter.To <= since
            ? new LlmPage([], null)
            : await store.ListAsync(new LlmListRequest { Filter = Between(since, null), Limit = most }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many calls of the filter began at a time or later, and before another.</summary>
    private async Task<long> CountAsync(DateTimeOffset from, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var between = Between(from, before);
        if (between.From >= between.To)
        {
            return 0;
        }

        var answer = await store.AggregateAsync(
            new LlmAggregateRequest { Filter = between, Measures = LlmMeasureSet.Spend }, cancellationToken).ConfigureAwait(false);
        return answer.Total.Calls;
    }

    private LlmFilter Between(DateTimeOffset from, DateTimeOffset? before) => filter with
    {
        From = filter.From > from ? filter.From : from,
        To = before is null || filter.To < before ? filter.To : before,
    };

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
