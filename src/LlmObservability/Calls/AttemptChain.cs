namespace LlmObservability.Calls;

/// <summary>
/// The attempts of a call under way, which may end at once on several threads: none, one, or a chain. Grows without a lock,
/// and can be closed. Most nested calls make one attempt, and it costs nothing but itself.
/// </summary>
internal struct AttemptChain
{
    private static readonly object Closed = new();

    private object? _last;

    /// <summary>Takes an attempt in; false once the chain is closed.</summary>
    public bool TryAdd(LlmAttempt attempt)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (ReferenceEquals(last, Closed))
            {
                return false;
            }

            var next = last is null ? attempt : (object)new Link(attempt, last);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return true;
            }
        }
    }

    /// <summary>Closes the chain. An attempt, an array of several in the order in which they began, or null for none.</summary>
    public object? Close()
    {
        var last = Interlocked.Exchange(ref _last, Closed);
        if (last is null or LlmAttempt { Ordinal: 1 })
        {
            return last;
        }

        if (last is LlmAttempt only)
        {
            return only with { Ordinal = 1 };
        }

        var attempts = new List<LlmAttempt>();
        for (; last is Link link; last = link.Before)
        {
            attempts.Add(link.Attempt);
        }

        attempts.Add((LlmAttempt)last!);
        attempts.Sort(static (left, right) =>
            (left.StartedAt, left.Ordinal).CompareTo((right.StartedAt, right.Ordinal)));
        for (var i = 0; i < attempts.Count; i++)
        {
            // Those that began between them called no provider themselves; those that began at once took their places by chance.
            attempts[i] = attempts[i].Ordinal == i + 1 ? attempts[i] : attempts[i] with { Ordinal = i + 1 };
        }

        return attempts.ToArray();
    }

    private sealed record Link(LlmAttempt Attempt, object Before);
}
