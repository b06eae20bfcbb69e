using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

/// <summary>The library's own instruments beside outcomes, tokens and cost.</summary>
public sealed class OwnMetricTests
{
    private const string Responses = "llm_observability.responses";
    private const string Status = "http.response.status_code";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Responses_are_counted_by_status_and_a_call_that_got_none_is_not()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        // Left after its first token: it had been answered.
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        foreach (var status in new[] { System.Net.HttpStatusCode.TooManyRequests, System.Net.HttpStatusCode.TooManyRequests, System.Net.HttpStatusCode.BadGateway, (System.Net.HttpStatusCode?)null })
        {
            observing.Inner.Respond = (_, _, _) => throw new HttpRequestException("no", null, status);
            await Should.ThrowAsync<HttpRequestException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));
        }

        listening.Sum(Responses, Status, 200).ShouldBe(2);
        listening.Sum(Responses, Status, 429).ShouldBe(2);
        listening.Sum(Responses, Status, 502).ShouldBe(1);
        listening.Sum(Responses).ShouldBe(5);
        listening.Sum("llm_observability.requests").ShouldBe(6);
    }

    [Fact]
    public async Task A_cached_answer_is_no_providers_response()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) =>
        {
            LlmCurrentCall.MarkCached();
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Sum("llm_observability.requests.cached").ShouldBe(1);
        listening.Read(Responses).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_that_is_not_the_json_asked_for_is_a_schema_failure()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "{}")));
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, Token);

        listening.Sum("llm_observability.schema.failures").ShouldBe(1);
    }

    [Fact]
    public async Task The_wait_that_was_told_and_the_rate_of_output_are_recorded_beside_another_instrumentation_too()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(options => options.Telemetry.ConventionMetrics = false, time);
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmQueueWait(TimeSpan.FromSeconds(3)), Token);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Recorded("llm_observability.queue_wait").ShouldHaveSingleItem().Value.ShouldBe(3);
        listening.Recorded("llm_observability.output_token.rate").Select(heard => heard.Value).ShouldBe([25, 25]);
        listening.Recorded("gen_ai.client.operation.duration").ShouldBeEmpty();
    }

    [Fact]
    public async Task An_estimate_has_no_rate()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        (await observing.OnlyCallAsync()).Tokens.Source.ShouldBe(LlmUsageSource.Estimated);
        listening.Recorded("llm_observability.output_token.rate").ShouldBeEmpty();
    }
}
