using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Calls with attempts, and their records.</summary>
internal static class AttemptScripts
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string Hex(Activity span) => span.SpanId.ToHexString();

    public static IChatClient Retrying(Observing observing) => new RetryClient(observing.Client).WithLlmObservability(observing.Observer);

    public static async Task AskAsync(IChatClient client, bool streamed) => _ = streamed
        ? await client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token)
        : await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

    public static IReadOnlyList<LlmCallEnvelope> Envelopes(Observing observing) =>
        [.. observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>()];

    public static async Task<(LlmCall Call, IReadOnlyList<LlmAttempt> Attempts)> OnlyEnvelopeAsync(Observing observing)
    {
        await observing.Observer.FlushAsync(Token);
        var envelope = Envelopes(observing).ShouldHaveSingleItem();
        return (envelope.Call, envelope.Attempts);
    }
}
