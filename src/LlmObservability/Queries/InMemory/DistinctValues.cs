namespace LlmObservability.Queries;

/// <summary>Counts a field's distinct values over a snapshot of calls.</summary>
internal static class DistinctValues
{
    public static LlmDistinct Count(LlmCall[] calls, LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        var read = LlmFieldReader.For(request.Field);
        var prefix = request.Prefix ?? "";
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var call in new CallMatcher(request.Filter).Select(calls, cancellationToken))
        {
            if (read(call).ToText() is { } value && value.StartsWith(prefix, StringComparison.Ordinal))
            {
                counts[value] = counts.GetValueOrDefault(value) + 1;
            }
        }

        LlmDistinctValue[] values =
        [
            .. counts.Select(pair => new LlmDistinctValue(pair.Key, pair.Value))
                .OrderByDescending(value => value.Calls)
                .ThenBy(value => value.Value, Comparer<string>.Create(LlmValue.CompareText))
                .Take(request.Limit),
        ];
        return new LlmDistinct(values, counts.Count > values.Length);
    }
}
