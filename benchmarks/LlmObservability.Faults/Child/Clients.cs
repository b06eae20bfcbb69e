using Microsoft.Extensions.AI;

namespace LlmObservability.Faults.Child;

/// <summary>The wrapped clients of a child, one for each shape of a call.</summary>
internal sealed class Clients
{
    private readonly IChatClient _plain;
    private readonly IChatClient _failingOver;
    private readonly IChatClient _invoking;
    private readonly AIFunction _tool;

    public Clients(LlmObserver observer)
    {
        var function = AIFunctionFactory.Create(static () => "42", AnsweringClient.Tool);
        _tool = function.WithLlmObservability(observer);
        _plain = new AnsweringClient().WithLlmObservability(observer);
        _failingOver = new FailingOver(
            new RefusingClient(new AnsweringClient()).WithLlmObservability(observer),
            new AnsweringClient().WithLlmObservability(observer)).WithLlmObservability(observer);
        _invoking = new Invoking(new AnsweringClient(), _tool).WithLlmObservability(observer);
    }

    public IChatClient For(WorkShape shape) => shape switch
    {
        WorkShape.Attempts => _failingOver,
        WorkShape.Tool => _invoking,
        _ => _plain,
    };

    public async Task InvokeToolAsync() => await _tool.InvokeAsync();

    private sealed class RefusingClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromException<ChatResponse>(new HttpRequestException("No.", null, System.Net.HttpStatusCode.TooManyRequests));
    }

    private sealed class FailingOver(IChatClient first, IChatClient second) : DelegatingChatClient(first)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (HttpRequestException)
            {
                return await second.GetResponseAsync(messages, options, cancellationToken);
            }
        }
    }

    private sealed class Invoking(IChatClient inner, AIFunction tool) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            await tool.InvokeAsync(cancellationToken: cancellationToken);
            return response;
        }
    }
}
