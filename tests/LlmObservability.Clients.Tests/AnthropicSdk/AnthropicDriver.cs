using System.Globalization;
using Anthropic;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.AnthropicSdk;

/// <summary>The official Anthropic SDK and its adapter.</summary>
internal sealed class AnthropicDriver : IClientDriver
{
    public string Name => "anthropic";

    public string RequestModel => "claude-haiku-4-5";

    public string ResponseModel => MessagesWire.Model;

    public string ResponseId => MessagesWire.Id;

    public string PriceEntry => "anthropic/claude-haiku-4-5";

    public int OverloadedStatus => 529;

    public IChatClient Connect(Uri server, int retries = 0, TimeSpan? timeout = null) =>
        new AnthropicClient { ApiKey = "no-key", BaseUrl = server.ToString(), MaxRetries = retries, Timeout = timeout }.AsIChatClient(RequestModel, 1_000);

    public string Body(Answer answer) => MessagesWire.Message(answer);

    public StreamedAnswer Events(Answer answer) => MessagesWire.Events(answer);

    public WireReply Error(int status) => WireReply.Json(MessagesWire.Error(status switch
    {
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }), status) with
    {
        Headers = [("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy"), ("retry-after", "1"), ("retry-after-ms", "1")],
    };

    public string ErrorType(int status) => "Anthropic.Exceptions." + status switch
    {
        429 => "AnthropicRateLimitException",
        500 => "Anthropic5xxException",
        529 => "AnthropicOverloadedException",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status.ToString(CultureInfo.InvariantCulture)),
    };
}
