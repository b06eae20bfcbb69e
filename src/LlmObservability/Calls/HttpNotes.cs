namespace LlmObservability.Calls;

/// <summary>
/// What the HTTP exchanges of a call or an attempt told: how many there were, and what the last response said. Several may
/// run at once. Thread-safe.
/// </summary>
internal sealed class HttpNotes
{
    private const int LowestFailure = 400;
    private const int HighestFailure = 599;
    private const int NoResponse = -1;

    private HttpFacts? _last;
    private int _sends;
    private int _failure;

    /// <summary>The status of a failure, if the exchange that ended last is one and none followed it.</summary>
    public int? FailureStatus => Volatile.Read(ref _failure) is >= LowestFailure and <= HighestFailure and var status ? status : null;

    /// <summary>The model that served, where the last response's headers say it.</summary>
    public string? ServedModel => Volatile.Read(ref _last)?.ServedModel;

    /// <summary>A request is sent; returns whether it is one again: the one before it failed.</summary>
    public bool Sent()
    {
        Interlocked.Increment(ref _sends);
        return Interlocked.Exchange(ref _failure, 0) != 0;
    }

    /// <summary>The response's headers are there; null for none that came.</summary>
    public void Ended(HttpFacts? facts)
    {
        if (facts is not null)
        {
            Volatile.Write(ref _last, facts);
        }

        Volatile.Write(ref _failure, facts is null ? NoResponse : facts.Status < LowestFailure ? 0 : facts.Status);
    }

    /// <summary>What is kept of all that.</summary>
    public LlmHttpDetail ToDetail()
    {
        var sends = Volatile.Read(ref _sends);
        return Volatile.Read(ref _last) is not { Detail: var detail } ? new LlmHttpDetail { SendCount = sends }
            : detail.SendCount == sends ? detail
            : detail with { SendCount = sends };
    }
}
