using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Compositions;

/// <summary>Runs the functions that the model asks for, and asks again with their results, as function-invoking clients do.</summary>
internal sealed class ToolLoop(IChatClient inner) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatMessage> history = [.. messages];
        for (var turn = 0; turn < 8; turn++)
        {
            var response = await base.GetResponseAsync(history, options, cancellationToken);
            FunctionCallContent[] asked = [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];
            if (asked.Length == 0)
            {
                return response;
            }

            history.AddRange(response.Messages);
            foreach (var call in asked)
            {
                var function = options!.Tools!.OfType<AIFunction>().Single(tool => tool.Name == call.Name);
                var result = await function.InvokeAsync(new AIFunctionArguments(call.Arguments), cancellationToken);
                history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
            }
        }

        throw new InvalidOperationException("The model asks for tools without end.");
    }
}
