using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Quickstart.Simulation;

/// <summary>A provider that answers after a plausible time with plausible usage, calls a tool now and then, and sometimes fails. Thread-safe.</summary>
internal sealed class SimulatedChatClient(string provider, TimeProvider time) : IChatClient
{
    private const string DefaultModel = "claude-haiku-4-5";
    private const int TokensPerChunk = 25;
    private readonly ChatClientMetadata _metadata = new(provider);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = SimulatedAnswer.To(messages, options?.ModelId ?? DefaultModel, options?.ResponseFormat is ChatResponseFormatJson);
        await WaitAsync(answer.FirstToken, cancellationToken);
        FailSometimes(answer);
        var tools = await CallToolAsync(options, cancellationToken);
        await WaitAsync(answer.Rest, cancellationToken);
        return new ChatResponse([.. tools, new ChatMessage(ChatRole.Assistant, answer.Text)])
        {
            ResponseId = answer.Id,
            ModelId = answer.Model,
            FinishReason = answer.FinishReason,
            Usage = answer.Usage,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answer = SimulatedAnswer.To(messages, options?.ModelId ?? DefaultModel, isJson: false);
        await WaitAsync(answer.FirstToken, cancellationToken);
        FailSometimes(answer);
        var chunks = (int)Math.Max(1, (answer.Usage?.OutputTokenCount ?? TokensPerChunk) / TokensPerChunk);
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            yield return Update(answer, [new TextContent(answer.Text)]);
            await WaitAsync(answer.Rest / chunks, cancellationToken);
        }

        var last = Update(answer, answer.Usage is { } usage ? [new UsageContent(usage)] : []);
        last.FinishReason = answer.FinishReason;
        yield return last;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
    }

    private static ChatResponseUpdate Update(SimulatedAnswer answer, IList<AIContent> contents) =>
        new(ChatRole.Assistant, contents) { ResponseId = answer.Id, ModelId = answer.Model };

    /// <summary>Asks for a tool and calls it, as a client that invokes functions does on the way to an answer.</summary>
    private static async Task<IEnumerable<ChatMessage>> CallToolAsync(ChatOptions? options, CancellationToken cancellationToken)
    {
        if (options?.Tools?.OfType<AIFunction>().FirstOrDefault() is not { } tool)
        {
            return [];
        }

        var asked = new FunctionCallContent("call_" + Guid.NewGuid().ToString("N")[..12], tool.Name, new Dictionary<string, object?> { ["query"] = "returns" });
        var result = await tool.InvokeAsync(new AIFunctionArguments(asked.Arguments), cancellationToken);
        return [new ChatMessage(ChatRole.Assistant, [asked]), new ChatMessage(ChatRole.Tool, [new FunctionResultContent(asked.CallId, result)])];
    }

    private static void FailSometimes(SimulatedAnswer answer)
    {
        if (answer.Failure is { } failure)
        {
            throw failure;
        }
    }

    private Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, time, cancellationToken);
}
