namespace LlmObservability.Queries;

/// <summary>A valid filter, its values parsed once. Immutable and thread-safe.</summary>
internal sealed class CallMatcher
{
    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset? _to;
    private readonly Func<LlmCall, bool>[] _conditions;

    public CallMatcher(LlmFilter filter)
    {
        _from = filter.From ?? DateTimeOffset.MinValue;
        _to = filter.To;
        _conditions = [.. filter.Conditions.Select(Compile)];
    }

    public bool Matches(LlmCall call)
    {
        return call.StartedAt >= _from
            && (_to is not { } to || call.StartedAt < to)
            && Array.TrueForAll(_conditions, condition => condition(call));
    }

    /// <summary>The calls that match, in the order given.</summary>
    public IEnumerable<LlmCall> Select(LlmCall[] calls, CancellationToken cancellationToken)
    {
        foreach (var call in calls)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Matches(call))
            {
                yield return call;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static Func<LlmCall, bool> Compile(LlmCondition condition)
    {
        var read = LlmFieldReader.For(condition.Field);
        var values = condition.Values.Select(value => LlmFieldValue.Parse(condition.Field.Type, value)).ToHashSet();
        var only = values.FirstOrDefault();
        return condition.Operator switch
        {
            LlmOperator.In => call => values.Contains(read(call)),
            LlmOperator.NotIn => call => !values.Contains(read(call)),
            LlmOperator.AtLeast => call => read(call) is { HasValue: true } value && value.CompareTo(only) >= 0,
            LlmOperator.Below => call => read(call) is { HasValue: true } value && value.CompareTo(only) < 0,
            LlmOperator.StartsWith => call => read(call).Text?.StartsWith(only.Text!, StringComparison.Ordinal) == true,
            LlmOperator.Missing => call => !read(call).HasValue,
            LlmOperator.Present => call => read(call).HasValue,
            _ => throw new LlmQueryException("filter", $"There is no operator {condition.Operator}."),
        };
    }
}
