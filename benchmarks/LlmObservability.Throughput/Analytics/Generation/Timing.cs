namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>How long a call takes, in whole microseconds.</summary>
internal readonly record struct Timing(TimeSpan Duration, TimeSpan ProviderTime, TimeSpan? TimeToFirstToken, int Chunks, TimeSpan? LongestStall)
{
    private const int TokensAChunk = 4;

    public static Timing Of(Lane lane, Course course, LlmTokens tokens, SeededRandom random)
    {
        if (course.Cached)
        {
            var found = Milliseconds(random.LogNormal(3, 0.5));
            return new Timing(found, TimeSpan.Zero, null, 0, null);
        }

        var first = random.LogNormal(lane.Model.MedianFirstToken, 0.5);
        if (course.Outcome is LlmOutcome.Failed or LlmOutcome.Cancelled)
        {
            return new Timing(Milliseconds(first), Milliseconds(first), null, 0, null);
        }

        var writing = tokens.Output * 1000.0 / random.LogNormal(lane.Model.TokensPerSecond, 0.2);
        var provider = Milliseconds(first + writing);
        if (!course.Streaming)
        {
            return new Timing(provider, provider, null, 0, null);
        }

        // The stream's reader takes a little, and the provider pauses once for longer.
        var chunks = Math.Max(1, (int)tokens.VisibleOutput / TokensAChunk);
        TimeSpan? stall = chunks < 2 ? null : Milliseconds(writing * (0.02 + (0.3 * random.NextShare())));
        return new Timing(Milliseconds(first + writing + (chunks * 0.05)), provider, Milliseconds(first), chunks, stall);
    }

    private static TimeSpan Milliseconds(double count) => TimeSpan.FromMicroseconds((long)(count * 1000));
}
