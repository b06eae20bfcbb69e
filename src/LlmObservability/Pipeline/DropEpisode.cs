namespace LlmObservability.Pipeline;

/// <summary>
/// Drops of one reason as a state with a beginning and an end, in place of one event each: it lasts until none came for a
/// while. Not thread-safe.
/// </summary>
internal struct DropEpisode
{
    private long _from;
    private long _seen;
    private long _lastAt;

    public bool Active { get; private set; }

    /// <summary>Begins the episode at a drop that is counted next.</summary>
    public void Begin(long now)
    {
        Active = true;
        _from = _seen;
        _lastAt = now;
    }

    /// <summary>Takes the counter in.</summary>
    /// <param name="count">The counter.</param>
    /// <param name="now">The clock's timestamp.</param>
    /// <param name="quiet">For how many of its ticks none may have come.</param>
    /// <param name="mayEnd">Whether it may end now.</param>
    /// <returns>Whether it began, and if it ended, how many drops it had; else 0.</returns>
    public (bool Began, long Ended) Look(long count, long now, long quiet, bool mayEnd)
    {
        if (count != _seen)
        {
            var began = !Active;
            if (began)
            {
                Begin(now);
            }

            _seen = count;
            _lastAt = now;
            return (began, 0);
        }

        if (!Active || !mayEnd || now - _lastAt < quiet)
        {
            return default;
        }

        Active = false;
        return (false, _seen - _from);
    }
}
