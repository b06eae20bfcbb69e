using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Replay;

/// <summary>
/// The inner client: answers a message that carries a <see cref="ReplayCall"/> (as its raw representation) with that
/// call's token counts, after its latency divided by the speed.
/// </summary>
internal sealed class ReplayClient(string provider, double? speed) : IChatClient
{
    private const double FirstTokenShare = 0.3;
    private const int Updates = 4;
    private readonly ChatClientMetadata _metadata = new(provider);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = CallOf(messages);
        await WaitAsync(call, 1, cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, "…"))
        {
            ModelId = options?.ModelId,
            FinishReason = ChatFinishReason.Stop,
            Usage = UsageOf(call),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = CallOf(messages);
        for (var i = 0; i < Updates; i++)
        {
            await WaitAsync(call, i == 0 ? FirstTokenShare : (1 - FirstTokenShare) / (Updates - 1), cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, "…") { ModelId = options?.ModelId };
        }

        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(UsageOf(call))])
        {
            ModelId = options?.ModelId,
            FinishReason = ChatFinishReason.Stop,
        };
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

    private static ReplayCall CallOf(IEnumerable<ChatMessage> messages) => (ReplayCall)messages.Single().RawRepresentation!;

    private static UsageDetails UsageOf(ReplayCall call) => new()
    {
        InputTokenCount = call.Row.InputTokens,
        OutputTokenCount = call.Row.OutputTokens,
        TotalTokenCount = (long)call.Row.InputTokens + call.Row.OutputTokens,
    };

    private Task WaitAsync(ReplayCall call, double share, CancellationToken cancellationToken) =>
        speed is { } factor ? Task.Delay(call.Latency * share / factor, cancellationToken) : Task.CompletedTask;
}
