using Microsoft.Extensions.AI;

namespace LlmObservability.Faults.Child;

/// <summary>Answers at once what the call's number says, which stands in the message.</summary>
internal sealed class AnsweringClient : IChatClient
{
    /// <summary>The name of the tool that it asks for.</summary>
    public const string Tool = "look_up";

    private readonly ChatClientMetadata _metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = (Question)messages.First();
        var (producer, number) = (asked.Producer, asked.Number);
        var message = Work.ShapeOf(number) is WorkShape.Tool or WorkShape.LateTool
            ? new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("tool-" + Work.NumberOf(producer, number), Tool)])
            : new ChatMessage(ChatRole.Assistant, "Hello");
        var (input, output) = (Work.InputTokensOf(producer, number), Work.OutputTokensOf(producer, number));
        return Task.FromResult(new ChatResponse(message)
        {
            ModelId = "gpt-4o-mini-2024-07-18",
            ResponseId = "chatcmpl-" + Work.NumberOf(producer, number),
            FinishReason = ChatFinishReason.Stop,
            Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output },
        });
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This client answers whole.");

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }
}
