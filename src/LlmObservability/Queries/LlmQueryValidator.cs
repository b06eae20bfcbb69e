namespace LlmObservability.Queries;

/// <summary>
/// Checks requests against the bounds their documentation states, so that every store refuses the same ones in the same
/// words. Each method returns, or throws <see cref="LlmQueryException"/> naming the parameter at fault. Thread-safe.
/// A list's cursor is not checked here but by <see cref="LlmCursor.Parse"/>.
/// </summary>
public static class LlmQueryValidator
{
    /// <summary>The most conditions of a filter.</summary>
    public const int MaxConditions = 32;

    /// <summary>The most values of one condition.</summary>
    public const int MaxValues = 100;

    /// <summary>Checks a list: <c>limit</c>, <c>order</c> and what <see cref="Validate(LlmFilter)"/> checks.</summary>
    public static void Validate(LlmListRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Require(request.Limit is >= 1 and <= LlmListRequest.MaxLimit, "limit", $"Limit is 1 to {LlmListRequest.MaxLimit}.");
        Require(request.Order?.Field is { TagKey: null }, "order", "Order by any field but an own tag.");
        Validate(request.Filter);
    }

    /// <summary>Checks an aggregate: <c>group_by</c>, <c>bucket</c>, <c>top</c>, <c>top_by</c>, <c>measures</c>, <c>compare_previous</c> and what <see cref="Validate(LlmFilter)"/> checks.</summary>
    public static void Validate(LlmAggregateRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Validate(request.Filter);
        Require(
            request.GroupBy is { Count: <= LlmAggregateRequest.MaxGroupBy } && request.GroupBy.All(IsGroupable),
            "group_by",
            $"Group by at most {LlmAggregateRequest.MaxGroupBy} text or boolean fields or own tags.");
        Require(request.Top is >= 1 and <= LlmAggregateRequest.MaxTop, "top", $"Top is 1 to {LlmAggregateRequest.MaxTop}.");
        Require(Enum.IsDefined(request.TopBy), "top_by", "Top by calls, cost, tokens, failed or duration.");
        Require(Enum.IsDefined(request.Measures), "measures", "Measures are all or spend.");
        Require(Enum.IsDefined(request.Bucket), "bucket", "Bucket is none, minute, hour or day.");

        var bucketed = request.Bucket != LlmBucket.None;
        Require(!bucketed || !request.ComparePrevious, "compare_previous", "A comparison with the previous period cannot have time buckets.");
        if (!bucketed && !request.ComparePrevious)
        {
            return;
        }

        Require(request.Filter.From is not null, "from", "From is needed with time buckets and with the previous period.");
        Require(request.Filter.To is not null, "to", "To is needed with time buckets and with the previous period.");
        var from = request.Filter.From!.Value.UtcTicks;
        var to = request.Filter.To!.Value.UtcTicks;
        Require(!request.ComparePrevious || to - from <= from, "from", "There is no period of equal length before from.");
        if (bucketed && to > from)
        {
            var width = WidthOf(request.Bucket).Ticks;
            Require(
                ((to - 1) / width) - (from / width) < LlmAggregateRequest.MaxBuckets,
                "bucket",
                $"At most {LlmAggregateRequest.MaxBuckets} buckets lie between from and to; ask for wider ones or less time.");
        }
    }

    /// <summary>Checks a request for distinct values: <c>field</c>, <c>limit</c>, <c>prefix</c> and what <see cref="Validate(LlmFilter)"/> checks.</summary>
    public static void Validate(LlmDistinctRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Require(IsGroupable(request.Field), "field", "Distinct values are those of a text or boolean field or an own tag.");
        Require(request.Limit is >= 1 and <= LlmDistinctRequest.MaxLimit, "limit", $"Limit is 1 to {LlmDistinctRequest.MaxLimit}.");
        Require(request.Prefix is null || LlmValue.IsText(request.Prefix), "prefix", "A prefix holds neither U+0000 nor half a surrogate pair.");
        Validate(request.Filter);
    }

    /// <summary>Checks a request for tools: <c>top</c> and what <see cref="Validate(LlmFilter)"/> checks.</summary>
    public static void Validate(LlmToolsRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Require(request.Top is >= 1 and <= LlmToolsRequest.MaxTop, "top", $"Top is 1 to {LlmToolsRequest.MaxTop}.");
        Validate(request.Filter);
    }

    /// <summary>Checks a filter: <c>from</c> (not after To) and <c>filter</c> (the conditions).</summary>
    public static void Validate(LlmFilter filter)
    {
        Require(filter?.Conditions is { Count: <= MaxConditions }, "filter", $"A filter has at most {MaxConditions} conditions.");
        Require(!(filter!.From > filter.To), "from", "From is not after to.");
        foreach (var condition in filter.Conditions)
        {
            Validate(condition);
        }
    }

    /// <summary>How long a bucket lasts; zero for none.</summary>
    public static TimeSpan WidthOf(LlmBucket bucket)
    {
        return bucket switch
        {
            LlmBucket.Minute => TimeSpan.FromMinutes(1),
            LlmBucket.Hour => TimeSpan.FromHours(1),
            LlmBucket.Day => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
    }

    private static void Validate(LlmCondition? condition)
    {
        Require(condition is { Field: not null, Values: not null }, "filter", "A condition has a field, an operator and its values.");
        var (field, op, values) = condition!;
        Require(field.TagKey is null || LlmValue.IsText(field.TagKey), "filter", "A tag's key holds neither U+0000 nor half a surrogate pair.");
        var fits = op switch
        {
            LlmOperator.In or LlmOperator.NotIn or LlmOperator.Missing or LlmOperator.Present => true,
            LlmOperator.AtLeast or LlmOperator.Below => field.Type is LlmFieldType.Integer or LlmFieldType.Number or LlmFieldType.Time,
            LlmOperator.StartsWith => field.Type == LlmFieldType.Text,
            _ => false,
        };
        Require(fits, "filter", $"Operator {op} does not fit the field {field}, whose type is {field.Type}.");
        var (least, most) = op switch
        {
            LlmOperator.In or LlmOperator.NotIn => (1, MaxValues),
            LlmOperator.Missing or LlmOperator.Present => (0, 0),
            _ => (1, 1),
        };
        Require(values.Count >= least && values.Count <= most, "filter", $"Operator {op} on {field} takes {least} to {most} values.");
        Require(values.All(value => LlmValue.Fits(field.Type, value)), "filter", $"A value for {field} is not of type {field.Type}.");
    }

    private static bool IsGroupable(LlmField? field)
    {
        return field is { Type: LlmFieldType.Text or LlmFieldType.Boolean } && (field.TagKey is null || LlmValue.IsText(field.TagKey));
    }

    private static void Require(bool met, string parameter, string message)
    {
        if (!met)
        {
            throw new LlmQueryException(parameter, message);
        }
    }
}
