using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Batches and sinks as the tests of this room need them.</summary>
internal static class Sending
{
    public static LlmBatch Batch(params IReadOnlyList<LlmEnvelope> envelopes) => new(new Guid("11111111-2222-3333-4444-555555555555"), 1, envelopes);

    public static LlmBatch Calls(int count) => Batch([.. ScriptedCalls.Create(count)]);

    public static OtlpLlmOptions To(Uri server) => new() { Endpoint = server, UseVariables = false };

    public static OtlpLlmSink Sink(Uri server, Action<OtlpLlmOptions>? configure = null, TimeProvider? time = null)
    {
        var options = To(server);
        configure?.Invoke(options);
        return new OtlpLlmSink(options, timeProvider: time);
    }

    /// <summary>The failure that a write ends in.</summary>
    public static async Task<LlmSinkException> FailAsync(this OtlpLlmSink sink, LlmBatch batch) =>
        await Should.ThrowAsync<LlmSinkException>(async () => await sink.WriteAsync(batch, TestContext.Current.CancellationToken));

    /// <summary>The uids of the log records that an envelope becomes.</summary>
    public static IEnumerable<string> UidsOf(LlmEnvelope envelope)
    {
        switch (envelope)
        {
            case LlmCallEnvelope call:
                return [
                    $"{call.CallId}",
                    .. call.Attempts.Select(attempt => $"{call.CallId}/attempt/{attempt.Ordinal}"),
                    .. call.ToolCalls.Select(tool => $"{call.CallId}/tool/{tool.Ordinal}"),
                ];
            case LlmToolCallEnvelope tool:
                return [$"{tool.CallId}/tool/{tool.ToolCall.Ordinal}"];
            default:
                return [$"{((LlmAmendmentEnvelope)envelope).Amendment.Id}"];
        }
    }
}
