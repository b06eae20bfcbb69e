using Anthropic;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Http;

/// <summary>The library's handler in the official Anthropic client: what it tries again by itself is seen, and whose requests they were.</summary>
public class HiddenRetryTests
{
    private static readonly IClientDriver Driver = Drivers.Named("anthropic");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retries_inside_the_client_are_counted_and_the_last_answers_headers_kept(bool streamed)
    {
        await using var server = new WireServer(
            Driver.Error(529),
            Driver.Error(529),
            Driver.Reply(new Answer(), streamed) with
            {
                Headers = [("request-id", "req_last"), ("anthropic-ratelimit-requests-remaining", "41"), ("anthropic-ratelimit-tokens-remaining", "9000")],
            });
        await using var watch = new Watch(server);
        using var http = Http();
        await watch.Wrap(Connect(server, http, retries: 2)).AskAsync(streamed, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        (call.Outcome, call.AttemptCount, call.HttpStatus).ShouldBe((LlmOutcome.Completed, 1, null));
        var told = call.Http.ShouldNotBeNull();
        (told.SendCount, told.RequestId, told.RemainingRequests, told.RemainingTokens).ShouldBe((3, "req_last", 41L, 9_000L));
        server.Requests.Count.ShouldBe(3);
        watch.Spans.Own.ShouldHaveSingleItem().GetTagItem("llm_observability.http.sends").ShouldBe(3);
    }

    [Fact]
    public async Task A_refusal_tells_its_request_and_how_long_to_wait()
    {
        await using var server = new WireServer(Driver.Error(429));
        await using var watch = new Watch(server);
        using var http = Http();
        await Should.ThrowAsync<Exception>(() => watch.Wrap(Connect(server, http, retries: 0)).AskAsync(streamed: false, cancellationToken: Token));

        var call = await watch.OnlyCallAsync();
        call.HttpStatus.ShouldBe(429);
        var told = call.Http.ShouldNotBeNull();
        (told.SendCount, told.RequestId, told.RetryAfter).ShouldBe((1, "req_011CSHoEeqs5C35K2UUqR7Fy", TimeSpan.FromMilliseconds(1)));
    }

    private static HttpClient Http() => new(new LlmHttpHandler(new SocketsHttpHandler())) { Timeout = Timeout.InfiniteTimeSpan };

    private static IChatClient Connect(WireServer server, HttpClient http, int retries) =>
        new AnthropicClient { ApiKey = "no-key", BaseUrl = server.Uri.ToString(), MaxRetries = retries, HttpClient = http }.AsIChatClient(Driver.RequestModel, 1_000);
}
