namespace LlmObservability.Queries;

/// <summary>A call's place in an order: the field's value, then the start, then the id.</summary>
internal readonly record struct CallPlace(LlmFieldValue Key, DateTimeOffset StartedAt, Guid Id);

/// <summary>Compares places: missing keys last in both directions, ties in the same direction as the key.</summary>
internal sealed class CallOrder(bool descending) : IComparer<CallPlace>
{
    private readonly int _sign = descending ? -1 : 1;

    public int Compare(CallPlace x, CallPlace y)
    {
        if (x.Key.HasValue != y.Key.HasValue)
        {
            return x.Key.HasValue ? -1 : 1;
        }

        var order = x.Key.HasValue ? x.Key.CompareTo(y.Key) : 0;
        order = order != 0 ? order : x.StartedAt.CompareTo(y.StartedAt);
        order = order != 0 ? order : x.Id.CompareTo(y.Id);
        return _sign * Math.Sign(order);
    }
}
