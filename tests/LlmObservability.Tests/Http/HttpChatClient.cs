using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Http;

/// <summary>A provider's client as SDKs are: it sends the prompt over HTTP, and retries by itself, unseen from outside.</summary>
internal sealed class HttpChatClient(Uri address, HttpMessageHandler handler, int retries = 0) : IChatClient
{
    public const string AskedModel = "deployment";

    private readonly HttpClient _http = new(handler) { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Whether a failure's exception keeps its status to itself.</summary>
    public bool HidesStatus { get; init; }

    /// <summary>Whether it asks without awaiting.</summary>
    public bool Synchronous { get; init; }

    /// <summary>The model that its responses name.</summary>
    public string? NamedModel { get; init; } = "gpt-4o-mini-2024-07-18";

    public static HttpMessageHandler Observed() => new LlmHttpHandler(new SocketsHttpHandler());

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(messages, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text))
        {
            ModelId = NamedModel,
            ResponseId = text,
            Usage = new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, TotalTokenCount = 1100 },
        };
    }

    /// <summary>A request for each of three updates, as a client would that connects again.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < 3; i++)
        {
            using var response = await SendAsync(messages, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            yield return new ChatResponseUpdate(ChatRole.Assistant, text) { ModelId = NamedModel };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", address, AskedModel) : null;

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var prompt = messages.Last().Text;
        for (var tried = 0; ; tried++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(prompt) };
                var response = Synchronous
                    ? _http.Send(request, cancellationToken)
                    : await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                response.Dispose();
                if (tried == retries)
                {
                    throw HidesStatus
                        ? new InvalidOperationException("The provider refused.")
                        : new HttpRequestException("The provider refused.", null, HttpStatusCode.PaymentRequired);
                }
            }
            catch (HttpRequestException error) when (error.StatusCode is null && tried < retries)
            {
                // No response came: tried again.
            }
        }
    }
}
