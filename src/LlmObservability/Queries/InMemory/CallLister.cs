namespace LlmObservability.Queries;

/// <summary>Pages and exports over a snapshot of calls.</summary>
internal static class CallLister
{
    public static LlmPage List(LlmCall[] calls, LlmListRequest request, CancellationToken cancellationToken)
    {
        var field = request.Order.Field;
        var read = LlmFieldReader.For(field);
        var order = new CallOrder(request.Order.Descending);
        CallPlace? after = null;
        if (request.Cursor is { } text)
        {
            var cursor = LlmCursor.Parse(text, request);
            after = new CallPlace(LlmFieldValue.Parse(field.Type, cursor.Key), cursor.StartedAt, cursor.Id);
        }

        var rows = new List<(CallPlace Place, LlmCall Call)>();
        foreach (var call in new CallMatcher(request.Filter).Select(calls, cancellationToken))
        {
            var place = new CallPlace(read(call), call.StartedAt, call.Id);
            if (after is null || order.Compare(place, after.Value) > 0)
            {
                rows.Add((place, call));
            }
        }

        rows.Sort((x, y) => order.Compare(x.Place, y.Place));
        cancellationToken.ThrowIfCancellationRequested();
        LlmCall[] page = [.. rows.Take(request.Limit).Select(row => row.Call)];
        return new LlmPage(page, rows.Count > page.Length ? LlmCursor.After(page[^1], request).ToString() : null);
    }

    public static List<LlmCall> OldestFirst(LlmCall[] calls, LlmFilter filter, CancellationToken cancellationToken)
    {
        var selected = new CallMatcher(filter).Select(calls, cancellationToken).ToList();
        selected.Sort((x, y) => x.StartedAt.CompareTo(y.StartedAt) is not 0 and var byStart ? byStart : x.Id.CompareTo(y.Id));
        return selected;
    }
}
