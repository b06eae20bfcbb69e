using System.Runtime.CompilerServices;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>Models that ask for tools, and what came of it.</summary>
internal static class ToolScripts
{
    /// <summary>Answers with these contents first, streamed or not, and then as usual.</summary>
    public static void FirstAnswers(this ScriptedChatClient inner, params AIContent[] contents)
    {
        var asked = false;
        inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response();
            if (!asked)
            {
                asked = true;
                response.Messages = [new ChatMessage(ChatRole.Assistant, contents)];
            }

            return Task.FromResult(response);
        };
        inner.Stream = (_, _, token) =>
        {
            var first = !asked;
            asked = true;
            return first ? Updates(contents, token) : ScriptedChatClient.Updates(token, "Hello");
        };
    }

    /// <summary>A request for a function.</summary>
    public static FunctionCallContent Ask(string name, string id = "call-1") => new(id, name, new Dictionary<string, object?>());

    /// <summary>All rows of tool calls that were recorded, each with its call's id, by start of the call and ordinal.</summary>
    public static async Task<IReadOnlyList<(Guid CallId, LlmToolCall Row)>> RowsAsync(this Observing observing)
    {
        await observing.Observer.FlushAsync(TestContext.Current.CancellationToken);
        return
        [
            .. observing.Sink.Batches.SelectMany(batch => batch.Envelopes).SelectMany(envelope => envelope switch
            {
                LlmCallEnvelope call => call.ToolCalls.Select(row => (envelope.CallStartedAt, envelope.CallId, Row: row)),
                LlmToolCallEnvelope alone => [(envelope.CallStartedAt, envelope.CallId, Row: alone.ToolCall)],
                _ => [],
            }).OrderBy(row => row.CallStartedAt).ThenBy(row => row.CallId).ThenBy(row => row.Row.Ordinal).Select(row => (row.CallId, row.Row)),
        ];
    }

    public static async Task<(Guid CallId, LlmToolCall Row)> OnlyRowAsync(this Observing observing) =>
        (await observing.RowsAsync()).ShouldHaveSingleItem();

    /// <summary>The rows that travelled by themselves.</summary>
    public static IReadOnlyList<LlmToolCallEnvelope> Alone(this Observing observing) =>
        [.. observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmToolCallEnvelope>()];

    private static async IAsyncEnumerable<ChatResponseUpdate> Updates(
        AIContent[] contents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var content in contents)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [content]) { ModelId = "gpt-4o-mini-2024-07-18" };
        }

        yield return new ChatResponseUpdate(ChatRole.Assistant,
            [new UsageContent(new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 })]);
    }
}
