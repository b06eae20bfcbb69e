namespace LlmObservability.Pipeline;

/// <summary>Pauses between retries: exponential with a ceiling, each between half of it and all of it, so that many processes spread out.</summary>
internal struct RetrySchedule(TimeSpan first, TimeSpan ceiling)
{
    private TimeSpan _next = first;

    public TimeSpan Next()
    {
        var pause = _next;
        _next = pause >= ceiling / 2 ? ceiling : pause * 2;
        return pause * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}
