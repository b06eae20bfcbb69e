using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>
/// A thin adapter over the official client, which brings none. What it makes of an answer is what Microsoft's adapter makes
/// of it: the same counts in the same places, tool calls after the stream's last chunk, the finish reason from there on.
/// </summary>
internal sealed class OpenAiChatClient(ChatClient client, Uri server, string model) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", server, model);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatCompletion completion = await client.CompleteChatAsync(OpenAiRequests.Messages(messages), OpenAiRequests.Options(options), cancellationToken);
        List<AIContent> contents =
        [
            .. completion.Content.Select(part => new TextContent(part.Text)),
            .. completion.ToolCalls.Select(call => Call(call.Id, call.FunctionName, call.FunctionArguments.ToString())),
        ];
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents) { MessageId = completion.Id, RawRepresentation = completion })
        {
            CreatedAt = completion.CreatedAt,
            FinishReason = OpenAiAnswers.Finish(completion.FinishReason),
            ModelId = completion.Model,
            RawRepresentation = completion,
            ResponseId = completion.Id,
            Usage = completion.Usage is { } usage ? OpenAiAnswers.Usage(usage) : null,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var calls = new SortedDictionary<int, (string? Id, string? Name, StringBuilder Arguments)>();
        var last = new ChatResponseUpdate { Role = ChatRole.Assistant };
        var chunks = client.CompleteChatStreamingAsync(OpenAiRequests.Messages(messages), OpenAiRequests.Options(options), cancellationToken);
        await foreach (var chunk in chunks.WithCancellation(cancellationToken))
        {
            foreach (var part in chunk.ToolCallUpdates)
            {
                var call = calls.GetValueOrDefault(part.Index, (null, null, new StringBuilder()));
                call.Arguments.Append(part.FunctionArgumentsUpdate?.ToString());
                calls[part.Index] = (call.Id ?? part.ToolCallId, call.Name ?? part.FunctionName, call.Arguments);
            }

            last = new ChatResponseUpdate(ChatRole.Assistant, [.. chunk.ContentUpdate.Select(part => new TextContent(part.Text))])
            {
                CreatedAt = chunk.CreatedAt,
                FinishReason = chunk.FinishReason is { } finish ? OpenAiAnswers.Finish(finish) : last.FinishReason,
                MessageId = chunk.CompletionId,
                ModelId = chunk.Model,
                RawRepresentation = chunk,
                ResponseId = chunk.CompletionId,
            };
            if (chunk.Usage is { } usage)
            {
                last.Contents.Add(new UsageContent(OpenAiAnswers.Usage(usage)) { RawRepresentation = usage });
            }

            yield return last;
        }

        if (calls.Count > 0)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, [.. calls.Values.Select(call => Call(call.Id!, call.Name!, call.Arguments.ToString()))])
            {
                CreatedAt = last.CreatedAt,
                FinishReason = last.FinishReason,
                MessageId = last.MessageId,
                ModelId = last.ModelId,
                ResponseId = last.ResponseId,
            };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType == typeof(ChatClient) ? client
        : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private static FunctionCallContent Call(string id, string name, string arguments) =>
        FunctionCallContent.CreateFromParsedArguments(arguments, id, name, static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json)!);
}
