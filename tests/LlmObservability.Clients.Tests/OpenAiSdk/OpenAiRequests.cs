using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using AssistantChatMessage = OpenAI.Chat.AssistantChatMessage;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>From the abstraction's requests to the client's: as much as the tests ask for.</summary>
internal static class OpenAiRequests
{
    public static IEnumerable<OpenAI.Chat.ChatMessage> Messages(IEnumerable<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.System)
            {
                yield return new SystemChatMessage(message.Text);
            }
            else if (message.Role == ChatRole.User)
            {
                yield return new UserChatMessage(message.Text);
            }
            else if (message.Role == ChatRole.Tool)
            {
                foreach (var result in message.Contents.OfType<FunctionResultContent>())
                {
                    yield return new ToolChatMessage(result.CallId, result.Result as string ?? JsonSerializer.Serialize(result.Result));
                }
            }
            else
            {
                yield return Assistant(message);
            }
        }
    }

    public static ChatCompletionOptions Options(ChatOptions? options)
    {
        var result = new ChatCompletionOptions { MaxOutputTokenCount = options?.MaxOutputTokens, Temperature = options?.Temperature };
        foreach (var tool in options?.Tools?.OfType<AIFunctionDeclaration>() ?? [])
        {
            result.Tools.Add(ChatTool.CreateFunctionTool(tool.Name, tool.Description, BinaryData.FromString(tool.JsonSchema.GetRawText())));
        }

        return result;
    }

    private static AssistantChatMessage Assistant(ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>()
            .Select(call => ChatToolCall.CreateFunctionToolCall(call.CallId, call.Name, BinaryData.FromObjectAsJson(call.Arguments))).ToList();
        return calls.Count > 0 ? new AssistantChatMessage(calls) : new AssistantChatMessage(message.Text);
    }
}
