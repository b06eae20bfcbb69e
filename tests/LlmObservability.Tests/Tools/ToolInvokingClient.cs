using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>
/// The least of a function-invoking client: invokes what the model asks for, sends the results back, and answers with all
/// messages; makes an <c>execute_tool</c> span with the source further in, where told to.
/// </summary>
internal sealed class ToolInvokingClient(IChatClient inner, params AITool[] tools) : DelegatingChatClient(inner)
{
    private const int MaxRounds = 10;

    public bool Spans { get; init; }

    /// <summary>All functions of an answer at once, instead of one after the other.</summary>
    public bool Concurrent { get; init; }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatMessage> history = [.. messages];
        List<ChatMessage> told = [];
        for (var round = 0; round < MaxRounds; round++)
        {
            var response = await base.GetResponseAsync(history, options, cancellationToken);
            told.AddRange(response.Messages);
            var results = await InvokeAsync(response.Messages, cancellationToken);
            if (results is null)
            {
                response.Messages = told;
                return response;
            }

            told.Add(results);
            history.AddRange([.. response.Messages, results]);
        }

        throw new InvalidOperationException("The model asks for ever.");
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<ChatMessage> history = [.. messages];
        for (var round = 0; round < MaxRounds; round++)
        {
            List<ChatResponseUpdate> updates = [];
            await foreach (var update in base.GetStreamingResponseAsync(history, options, cancellationToken))
            {
                updates.Add(update);
                yield return update;
            }

            var asked = updates.ToChatResponse().Messages;
            if (await InvokeAsync(asked, cancellationToken) is not { } results)
            {
                yield break;
            }

            yield return new ChatResponseUpdate(ChatRole.Tool, results.Contents);
            history.AddRange([.. asked, results]);
        }
    }

    private async Task<ChatMessage?> InvokeAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var asked = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToArray();
        if (asked.Length == 0)
        {
            return null;
        }

        List<AIContent> results = [];
        if (Concurrent)
        {
            results.AddRange(await Task.WhenAll(asked.Select(call => Task.Run(() => InvokeAsync(call, cancellationToken), cancellationToken))));
        }
        else
        {
            foreach (var call in asked)
            {
                results.Add(await InvokeAsync(call, cancellationToken));
            }
        }

        return new ChatMessage(ChatRole.Tool, results);
    }

    private async Task<AIContent> InvokeAsync(FunctionCallContent call, CancellationToken cancellationToken)
    {
        var function = tools.OfType<AIFunction>().Single(tool => tool.Name == call.Name);
        using var span = !Spans ? null : ((ActivitySource?)GetService(typeof(ActivitySource)))?.StartActivity(
            $"execute_tool {call.Name}", ActivityKind.Internal, default(ActivityContext),
            [new("gen_ai.operation.name", "execute_tool"), new("gen_ai.tool.name", call.Name), new("gen_ai.tool.call.id", call.CallId)]);
        try
        {
            var result = await function.InvokeAsync(new AIFunctionArguments(call.Arguments), cancellationToken);
            return new FunctionResultContent(call.CallId, result);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new FunctionResultContent(call.CallId, "Error") { Exception = error };
        }
    }
}
