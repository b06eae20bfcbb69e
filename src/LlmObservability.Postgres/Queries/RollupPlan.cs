using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>Decides whether rollups can tell an answer, and from which it is told.</summary>
internal sealed class RollupPlan(PostgresAsking asking, PostgresNames names, PostgresLlmOptions options, DateTimeOffset now)
{
    /// <summary>The answer; null when only the calls can tell it.</summary>
    public async Task<LlmAggregate?> TryAsync(
        LlmAggregateRequest request, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var value = RollupValueAggregate.FieldOf(request, options.RollupTags);
        var set = SetFor(request.GroupBy.Concat(request.Filter.Conditions.Select(condition => condition.Field)));
        if (set is null && value is null)
        {
            return null;
        }

        var finest = set is null ? RollupDeltas.Hour : RollupDeltas.Minute;
        var limits = await LimitsAsync(set is null ? value : null, cancellationToken).ConfigureAwait(false);
        var window = await CutAsync(from, to, finest, request.Bucket, limits, cancellationToken).ConfigureAwait(false);
        if (!window.HasLevels)
        {
            return null;
        }

        var (begin, end) = window.Before(from, to);
        var earlier = request.ComparePrevious
            ? await CutAsync(begin, end, finest, request.Bucket, limits, cancellationToken).ConfigureAwait(false)
            : null;
        if (earlier is { HasLevels: false })
        {
            // A statement over rollups begins with their rows.
            earlier = earlier with { Levels = [new RollupStretch("days", end, end)] };
        }

        if (set is not null)
        {
            var rollups = new PostgresRollupAggregate(asking, names, request, set);
            return PostgresAggregator.ToAnswer(
                request,
                await rollups.RunAsync(window, window, cancellationToken).ConfigureAwait(false),
                earlier is null ? null : await rollups.RunAsync(window, earlier, cancellationToken).ConfigureAwait(false));
        }

        var values = new RollupValueAggregate(asking, names, request, value!);
        var mayScan = to - from <= options.MaxScanWindow;
        var current = await values.RunAsync(window, window, mayScan, cancellationToken).ConfigureAwait(false);
        var previous = earlier is null || current is null ? null
            : await values.RunAsync(window, earlier, mayScan, cancellationToken).ConfigureAwait(false);
        return current is null || (earlier is not null && previous is null) ? null : PostgresAggregator.ToAnswer(request, current, previous);
    }

    /// <summary>The first set that has all of these fields.</summary>
    public static RollupSet? SetFor(IEnumerable<LlmField> fields)
    {
        LlmField[] asked = [.. fields];
        return RollupSet.All.FirstOrDefault(set => set.Has(asked));
    }

    /// <summary>What there is, of sets or of one field's values.</summary>
    public async Task<RollupLimits> LimitsAsync(LlmField? value, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement();

        // A tag may be allowed since yesterday only; one that no writer noted has no sums to go by.
        var (first, tags) = value?.TagKey is null
            ? ("since", "")
            : ("greatest(s.since, t.since)", $" JOIN {names.Of("rollup_tags")} AS t ON t.field = {statement.Text(value.Name)}");
        var since = await asking.ReadAsync(
            statement,
            $"SELECT nullif({first}, '-infinity') FROM {names.Of("rollup_since")} AS s{tags}",
            reader => reader.IsDBNull(0) ? DateTimeOffset.MinValue : reader.GetFieldValue<DateTimeOffset>(0),
            cancellationToken).ConfigureAwait(false);
        return new RollupLimits(now, since.Count == 0 ? DateTimeOffset.MaxValue : since[0], now - options.Retention, now - options.RollupRetention, options.MaxScanWindow);
    }

    /// <summary>Cuts a window. It is not capped where no call was in what is left out.</summary>
    public async Task<RollupWindow> CutAsync(
        DateTimeOffset from, DateTimeOffset to, TimeSpan finest, LlmBucket bucket, RollupLimits limits, CancellationToken cancellationToken)
    {
        var window = RollupWindow.Cut(from, to, finest, bucket, limits);
        return window is { HasLevels: true, CappedFrom: { } capped }
            && from >= limits.CallsFrom
            && !await PostgresScan.AnyAsync(asking, names, new PostgresSpan(from, capped), cancellationToken).ConfigureAwait(false)
            ? window with { CappedFrom = null }
            : window;
    }
}
