namespace LlmObservability.Throughput;

/// <summary>A row whose every value is ready: plain COPY only hands it to the driver.</summary>
internal sealed record PlainRow(LlmCall Call, DateTime StartedAt, string Tags, long DurationMicroseconds, long ProviderMicroseconds)
{
    public static PlainRow[] Of(LlmObservability.Sinks.LlmCallEnvelope[] envelopes) => Array.ConvertAll(envelopes, envelope =>
    {
        var call = envelope.Call;
        var (key, value) = call.Tags.Custom[0];
        return new PlainRow(
            call,
            call.StartedAt.UtcDateTime,
            $$"""{"{{key}}":"{{value}}"}""",
            call.Duration.Ticks / TimeSpan.TicksPerMicrosecond,
            call.ProviderTime.Ticks / TimeSpan.TicksPerMicrosecond);
    });
}
