using System.ClientModel;
using System.ClientModel.Primitives;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>The official OpenAI client's chat completions, behind the tests' own adapter.</summary>
internal sealed class OpenAiDriver : IClientDriver
{
    public string Name => "openai";

    public string RequestModel => "gpt-4o-mini";

    public string ResponseModel => CompletionsWire.Model;

    public string ResponseId => CompletionsWire.Id;

    public string PriceEntry => "openai/gpt-4o-mini";

    public int OverloadedStatus => 503;

    public IChatClient Connect(Uri server, int retries = 0, TimeSpan? timeout = null)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(server, "v1"),
            RetryPolicy = new WithoutPauses(retries),
            NetworkTimeout = timeout,
        };
        return new OpenAiChatClient(new ChatClient(RequestModel, new ApiKeyCredential("no-key"), options), options.Endpoint, RequestModel);
    }

    public string Body(Answer answer) => CompletionsWire.Completion(answer);

    public StreamedAnswer Events(Answer answer) => CompletionsWire.Events(answer);

    public WireReply Error(int status) => WireReply.Json(CompletionsWire.Error(status == 429 ? "requests" : "server_error"), status) with
    {
        Headers = [("x-request-id", "req_5dc3b1a7"), ("retry-after", "1")],
    };

    public string ErrorType(int status) => "System.ClientModel.ClientResultException";

    /// <summary>The client's own policy, but for the pauses between its attempts.</summary>
    private sealed class WithoutPauses(int retries) : ClientRetryPolicy(retries)
    {
        protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => TimeSpan.Zero;
    }
}
