namespace LlmObservability.Queries;

/// <summary>Answers one aggregate request over a snapshot of calls: first the sizes of all groups, then the rows of the largest.</summary>
internal sealed class CallAggregator(
    LlmAggregateRequest request, IReadOnlyDictionary<Guid, LlmCost?> repriced, CancellationToken cancellationToken)
{
    private readonly Func<LlmCall, LlmFieldValue>[] _readers = [.. request.GroupBy.Select(LlmFieldReader.For)];
    private readonly long _bucketTicks = LlmQueryValidator.WidthOf(request.Bucket).Ticks;

    public LlmAggregate Aggregate(LlmCall[] calls)
    {
        var total = NewMeasures();
        var selected = new List<(LlmCall Call, GroupKey Key)>();
        foreach (var call in new CallMatcher(request.Filter).Select(calls, cancellationToken))
        {
            selected.Add((call, KeyOf(call)));
            Add(total, call);
        }

        var largest = Largest(selected);
        var rows = Measure(selected, largest);
        var previous = request.ComparePrevious ? new Dictionary<GroupKey, MeasureAccumulator>() : null;
        var previousTotal = previous is null ? null : MeasurePrevious(calls, previous);
        return new LlmAggregate(
            [.. rows.Select(row => ToRow(row.Key.Bucket, row.Key.Rank < largest.Length ? largest[row.Key.Rank] : null, row.Value, previous))],
            total.ToMeasures(),
            previousTotal?.ToMeasures());
    }

    private LlmAggregateRow ToRow(
        long bucket, GroupKey? key, MeasureAccumulator measures, Dictionary<GroupKey, MeasureAccumulator>? previous)
    {
        return new LlmAggregateRow
        {
            Bucket = _bucketTicks == 0 ? null : new DateTimeOffset(bucket, TimeSpan.Zero),
            Keys = key?.Values ?? [],
            IsOther = key is null,
            Measures = measures.ToMeasures(),
            Previous = key is null || previous is null ? null
                : previous.TryGetValue(key, out var earlier) ? earlier.ToMeasures()
                : new LlmMeasures(),
        };
    }

    private GroupKey[] Largest(List<(LlmCall Call, GroupKey Key)> selected)
    {
        // Without grouping there is one group, also when it has no call.
        var sizes = new Dictionary<GroupKey, long>();
        if (_readers.Length == 0)
        {
            sizes.Add(new GroupKey([]), 0);
        }

        foreach (var (call, key) in selected)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sizes[key] = checked(sizes.GetValueOrDefault(key) + SizeOf(call));
        }

        return [.. sizes.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(request.Top).Select(pair => pair.Key)];
    }

    private SortedDictionary<(long Bucket, int Rank), MeasureAccumulator> Measure(
        List<(LlmCall Call, GroupKey Key)> selected, GroupKey[] largest)
    {
        var ranks = Enumerable.Range(0, largest.Length).ToDictionary(rank => largest[rank]);
        var rows = new SortedDictionary<(long Bucket, int Rank), MeasureAccumulator>();
        if (_readers.Length == 0 && _bucketTicks == 0)
        {
            rows.Add((0, 0), NewMeasures());
        }

        foreach (var (call, key) in selected)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // All others share the rank after the last.
            var place = (BucketOf(call), ranks.GetValueOrDefault(key, largest.Length));
            if (!rows.TryGetValue(place, out var measures))
            {
                rows.Add(place, measures = NewMeasures());
            }

            Add(measures, call);
        }

        return rows;
    }

    private MeasureAccumulator MeasurePrevious(LlmCall[] calls, Dictionary<GroupKey, MeasureAccumulator> groups)
    {
        var (from, to) = (request.Filter.From!.Value, request.Filter.To!.Value);
        var before = request.Filter with { From = from - (to - from), To = from };
        var total = NewMeasures();
        foreach (var call in new CallMatcher(before).Select(calls, cancellationToken))
        {
            var key = KeyOf(call);
            if (!groups.TryGetValue(key, out var measures))
            {
                groups.Add(key, measures = NewMeasures());
            }

            Add(measures, call);
            Add(total, call);
        }

        return total;
    }

    private GroupKey KeyOf(LlmCall call) => new(Array.ConvertAll(_readers, read => read(call).ToText()));

    private long BucketOf(LlmCall call) => _bucketTicks == 0 ? 0 : call.StartedAt.UtcTicks - (call.StartedAt.UtcTicks % _bucketTicks);

    private long SizeOf(LlmCall call)
    {
        return request.TopBy switch
        {
            LlmTopBy.Calls => 1,
            LlmTopBy.Cost => CostOf(call)?.TotalNanos ?? 0,
            LlmTopBy.Tokens => call.Tokens.Input + call.Tokens.Output,
            LlmTopBy.Failed => call.Outcome == LlmOutcome.Failed ? 1 : 0,
            _ => call.Duration.Ticks,
        };
    }

    private LlmCost? CostOf(LlmCall call) => repriced.TryGetValue(call.Id, out var cost) ? cost : call.Cost;

    private void Add(MeasureAccumulator measures, LlmCall call) => measures.Add(call, CostOf(call));

    private MeasureAccumulator NewMeasures() => new(request.Percentiles, request.Histograms, request.Measures);
}
