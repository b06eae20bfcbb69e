using LlmObservability.Sinks;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>A call whose values are ready: plain COPY only hands them to the driver.</summary>
internal sealed record PlainCall(LlmCallEnvelope Envelope, DateTime StartedAt, string Outcome, string? Tags)
{
    public static PlainCall Of(LlmCallEnvelope envelope)
    {
        var call = envelope.Call;
        // The generator's tags need no escapes.
        var tags = call.Tags.Custom.Count == 0
            ? null : "{" + string.Join(',', call.Tags.Custom.Select(tag => $"\"{tag.Key}\":\"{tag.Value}\"")) + "}";
        return new PlainCall(envelope, call.StartedAt.UtcDateTime, call.Outcome.ToName(), tags);
    }

    public static long? Microseconds(TimeSpan? time) => time?.Ticks / TimeSpan.TicksPerMicrosecond;
}
