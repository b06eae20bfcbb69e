using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Answers an aggregate: from rollups where they can tell it, else from the calls of so much time as may be read.</summary>
internal sealed class PostgresAggregator(PostgresAsking asking, PostgresNames names, PostgresLlmOptions options, DateTimeOffset now)
{
    public async Task<LlmAggregate> RunAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        if (request.Filter is { From: { } from, To: { } to } && from < to && options.Rollups)
        {
            var plan = new RollupPlan(asking, names, options, now);
            if (await plan.TryAsync(request, from, to, cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }
        }

        var span = await PostgresScan.BoundAsync(asking, names, request.Filter, options.MaxScanWindow, now, cancellationToken).ConfigureAwait(false);
        var bounded = request with { Filter = request.Filter with { From = span.From } };
        var raw = new PostgresRawAggregate(asking, names, bounded);
        var current = await raw.RunAsync(bounded.Filter, cancellationToken).ConfigureAwait(false);
        var previous = request.ComparePrevious
            ? await raw.RunAsync(PreviousOf(bounded.Filter), cancellationToken).ConfigureAwait(false)
            : null;
        return ToAnswer(request, current with { CappedFrom = span.CappedFrom }, previous);
    }

    /// <summary>The period of equal length just before.</summary>
    public static LlmFilter PreviousOf(LlmFilter filter)
    {
        var (from, to) = (filter.From!.Value, filter.To!.Value);
        return filter with { From = PostgresSpan.Before(from, to - from), To = from };
    }

    public static LlmAggregate ToAnswer(LlmAggregateRequest request, PostgresGroups current, PostgresGroups? previous)
    {
        var grouped = request.GroupBy.Count > 0;
        var before = previous?.Groups.Where(group => group.Rank is not null).ToDictionary(group => group.Rank!.Value, group => group.Measures);
        LlmMeasures? Previous(PostgresGroup group) =>
            previous is null ? null
            : !grouped ? previous.Total
            : group.Rank is { } rank ? before!.GetValueOrDefault(rank) ?? new LlmMeasures()
            : null;

        var rows = !grouped && request.Bucket == LlmBucket.None
            ? [new LlmAggregateRow { Measures = current.Total, Previous = previous?.Total }]
            : current.Groups.Select(group => new LlmAggregateRow
            {
                Bucket = group.Bucket,
                Keys = group.Keys,
                IsOther = grouped && group.Rank is null,
                Measures = group.Measures,
                Previous = Previous(group),
            }).ToArray();
        return new LlmAggregate(rows, current.Total, previous?.Total) { CappedFrom = current.CappedFrom ?? previous?.CappedFrom };
    }
}
