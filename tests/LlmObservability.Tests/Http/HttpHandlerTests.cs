using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Http;

/// <summary>Over real HTTP on 127.0.0.1.</summary>
public sealed class HttpHandlerTests : IAsyncDisposable
{
    private const string RateLimited = "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\nx-request-id: refused\r\nRetry-After: 2\r\n\r\n";

    private readonly Observing _observing = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _observing.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_request_tells_its_id_and_what_the_limit_leaves(bool synchronous)
    {
        await using var server = new WireServer(WireServer.Answer(
            200, "answer", "x-request-id: req-1", "x-ratelimit-remaining-requests: 99", "x-ratelimit-remaining-tokens: 149000"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed()) { Synchronous = synchronous };

        await AskAsync(client);

        var call = await _observing.OnlyCallAsync();
        call.Http.ShouldBe(new LlmHttpDetail { RequestId = "req-1", RemainingRequests = 99, RemainingTokens = 149_000 });
        call.HttpStatus.ShouldBeNull();
    }

    [Fact]
    public async Task Retries_that_the_sdk_hides_are_counted_and_the_last_response_speaks()
    {
        await using var server = new WireServer(RateLimited, RateLimited, WireServer.Answer(200, "answer", "x-request-id: served"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed(), retries: 2);

        await AskAsync(client);

        var call = await _observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.Http.ShouldBe(new LlmHttpDetail { RequestId = "served", SendCount = 3 });
        call.AttemptCount.ShouldBe(1);
        server.Requests.ShouldBe(3);
    }

    [Fact]
    public async Task A_request_without_a_response_counts()
    {
        await using var server = new WireServer(WireServer.NoAnswer);
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed(), retries: 1);

        await Should.ThrowAsync<HttpRequestException>(AskAsync(client));

        var call = await _observing.OnlyCallAsync();
        call.Http.ShouldBe(new LlmHttpDetail { SendCount = 2 });
        call.HttpStatus.ShouldBeNull();
    }

    [Fact]
    public async Task After_a_request_without_a_response_the_status_before_is_not_the_failures()
    {
        await using var server = new WireServer(RateLimited, WireServer.NoAnswer);
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed(), retries: 1);

        await Should.ThrowAsync<HttpRequestException>(AskAsync(client));

        var call = await _observing.OnlyCallAsync();
        call.Http.ShouldBe(new LlmHttpDetail { RequestId = "refused", RetryAfter = TimeSpan.FromSeconds(2), SendCount = 2 });
        call.HttpStatus.ShouldBeNull();
    }

    [Theory]
    [InlineData(true, 529, 529)]
    [InlineData(false, 529, 402)]
    [InlineData(true, 302, null)]
    public async Task The_status_of_a_failure_is_the_exceptions_else_the_responses(bool hidden, int sent, int? kept)
    {
        await using var server = new WireServer(WireServer.Answer(sent, "", "request-id: req-1"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed()) { HidesStatus = hidden };

        await Should.ThrowAsync<Exception>(AskAsync(client));

        var call = await _observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.HttpStatus.ShouldBe(kept);
        call.Http!.RequestId.ShouldBe("req-1");
    }

    [Fact]
    public async Task A_failure_after_a_good_response_has_no_status()
    {
        await using var server = new WireServer(WireServer.Answer(200, "answer"));
        using var http = new HttpChatClient(server.Address, HttpChatClient.Observed());
        _observing.Inner.Respond = async (messages, options, token) =>
        {
            await http.GetResponseAsync(messages, options, token);
            throw new FormatException("No answer can be read from that.");
        };

        await Should.ThrowAsync<FormatException>(_observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));

        var call = await _observing.OnlyCallAsync();
        call.HttpStatus.ShouldBeNull();
        call.Http!.SendCount.ShouldBe(1);
    }

    [Fact]
    public async Task Each_attempt_has_its_own_and_the_call_those_of_all()
    {
        await using var first = new WireServer(RateLimited);
        await using var second = new WireServer(RateLimited, WireServer.Answer(200, "answer", "request-id: second"));
        using var failing = new HttpChatClient(first.Address, HttpChatClient.Observed(), retries: 1) { HidesStatus = true };
        using var serving = new HttpChatClient(second.Address, HttpChatClient.Observed(), retries: 1);
        IChatClient[] clients = [failing.WithLlmObservability(_observing.Observer), serving.WithLlmObservability(_observing.Observer)];
        _observing.Inner.Respond = async (messages, options, token) =>
        {
            try
            {
                return await clients[0].GetResponseAsync(messages, options, token);
            }
            catch (InvalidOperationException)
            {
                return await clients[1].GetResponseAsync(messages, options, token);
            }
        };

        await _observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        await _observing.OnlyCallAsync();
        var envelope = _observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().ShouldHaveSingleItem();
        envelope.Attempts.Select(attempt => (attempt.HttpStatus, attempt.Http?.RequestId, attempt.Http?.SendCount))
            .ShouldBe([(429, "refused", 2), (null, "second", 2)]);
        envelope.Call.Http.ShouldBe(new LlmHttpDetail { RequestId = "second", SendCount = 4 });
    }

    [Fact]
    public async Task Parallel_calls_are_not_mixed_up()
    {
        await using var server = new WireServer(prompt => WireServer.Answer(200, prompt, "x-request-id: req-" + prompt));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed());
        using var wrapped = client.WithLlmObservability(_observing.Observer);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(i =>
            wrapped.GetResponseAsync([new ChatMessage(ChatRole.User, $"{i}")], cancellationToken: Token)));

        var calls = await _observing.CallsAsync();
        calls.Count.ShouldBe(64);
        calls.ShouldAllBe(call => call.Http!.RequestId == "req-" + call.ResponseId && call.Http.SendCount == 1);
    }

    [Fact]
    public async Task Every_step_of_a_stream_is_inside_the_call()
    {
        var next = 0;
        await using var server = new WireServer(_ => WireServer.Answer(200, "part", $"x-request-id: req-{Interlocked.Increment(ref next)}"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed());
        using var wrapped = client.WithLlmObservability(_observing.Observer);

        var updates = 0;
        await foreach (var _ in wrapped.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            updates++;
        }

        updates.ShouldBe(3);
        (await _observing.OnlyCallAsync()).Http.ShouldBe(new LlmHttpDetail { RequestId = "req-3", SendCount = 3 });
    }

    [Fact]
    public async Task Outside_of_a_call_nothing_happens_and_inside_one_nothing_changes()
    {
        await using var server = new WireServer(WireServer.Answer(200, "answer", "x-request-id: a", "x-request-id: b", "Retry-After: soon"));
        using var seen = new SeeingHandler();
        using var http = new HttpClient(new LlmHttpHandler(seen));
        async Task SendAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
            using var response = await http.SendAsync(request, Token);
            response.ShouldBeSameAs(seen.Response);
            response.Headers.NonValidated.SelectMany(header => header.Value.Select(value => (header.Key, value))).ShouldBe(seen.Headers);
            request.Headers.ShouldBeEmpty();
            request.Options.ShouldBeEmpty();
            (await response.Content.ReadAsStringAsync(Token)).ShouldBe("answer");
        }

        await SendAsync();
        (await _observing.CallsAsync()).ShouldBeEmpty();

        _observing.Inner.Respond = async (_, _, _) =>
        {
            await SendAsync();
            return ScriptedChatClient.Response();
        };
        await _observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        (await _observing.OnlyCallAsync()).Http.ShouldBe(new LlmHttpDetail { RequestId = "a" });
    }

    [Fact]
    public async Task Malformed_headers_are_no_facts()
    {
        await using var server = new WireServer(WireServer.Answer(
            200, "answer", "x-request-id:  ", "x-ratelimit-remaining-requests: many", "x-ratelimit-remaining-requests: 5",
            "x-ratelimit-remaining-tokens: -1", "Retry-After: -3", "retry-after-ms: 1e3", "x-ms-served-model:"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed());

        await AskAsync(client);

        (await _observing.OnlyCallAsync()).Http.ShouldBe(new LlmHttpDetail());
        _observing.Observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Fact]
    public async Task Two_handlers_in_one_client_count_once()
    {
        await using var server = new WireServer(WireServer.Answer(200, "answer", "x-request-id: req-1"));
        using var client = new HttpChatClient(server.Address, new LlmHttpHandler(new LlmHttpHandler { InnerHandler = new SocketsHttpHandler() }));

        await AskAsync(client);

        (await _observing.OnlyCallAsync()).Http.ShouldBe(new LlmHttpDetail { RequestId = "req-1" });
    }

    [Fact]
    public async Task A_request_of_a_call_that_has_ended_is_nobodys()
    {
        await using var server = new WireServer(WireServer.Answer(200, "answer", "x-request-id: late"));
        using var http = new HttpClient(HttpChatClient.Observed());
        var ended = new TaskCompletionSource();
        var late = Task.CompletedTask;
        _observing.Inner.Respond = (_, _, _) =>
        {
            late = LateAsync();
            return Task.FromResult(ScriptedChatClient.Response());
        };
        async Task LateAsync()
        {
            await ended.Task;
            (await http.GetStringAsync(server.Address, Token)).ShouldBe("answer");
        }

        await _observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        ended.SetResult();
        await late;

        (await _observing.OnlyCallAsync()).Http.ShouldBeNull();
        _observing.Observer.GetStatistics().RecorderErrors.ShouldBe(0);
    }

    [Theory]
    [InlineData(null, "gpt-4o-mini-2024-07-18")]
    [InlineData(HttpChatClient.AskedModel, "gpt-4o-mini-2024-07-18")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o-2024-08-06")]
    public async Task The_served_model_stands_in_where_the_response_names_none_or_only_the_one_asked_for(string? named, string kept)
    {
        await using var server = new WireServer(WireServer.Answer(200, "answer", "x-ms-served-model: gpt-4o-mini-2024-07-18"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed()) { NamedModel = named };

        await AskAsync(client);

        var call = await _observing.OnlyCallAsync();
        call.ResponseModel.ShouldBe(kept);
        call.CostReason.ShouldBe(LlmCostReason.Priced);
    }

    [Fact]
    public async Task A_clock_that_fails_fails_no_request()
    {
        var time = new StoppingTime();
        await using var observing = new Observing(time: time);
        await using var server = new WireServer(_ =>
        {
            time.Stopped = true;
            return WireServer.Answer(200, "answer", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT");
        });
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed());
        using var wrapped = client.WithLlmObservability(observing.Observer);

        (await wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token)).Text.ShouldBe("answer");

        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(1);
        (await observing.OnlyCallAsync()).Http.ShouldBe(new LlmHttpDetail());
    }

    [Fact]
    public async Task A_span_tells_the_request_id_and_how_often_it_was_sent_and_a_counter_the_retries()
    {
        using var listening = new Listening(_observing);
        await using var server = new WireServer(RateLimited, RateLimited, WireServer.Answer(200, "answer", "x-request-id: served"));
        using var client = new HttpChatClient(server.Address, HttpChatClient.Observed(), retries: 2);

        using var wrapped = client.WithLlmObservability(_observing.Observer);
        await wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var attributes = listening.Spans.Select(span => (
            span.GetTagItem("llm_observability.provider.request_id"), span.GetTagItem("llm_observability.http.sends"))).ToList();
        attributes.ShouldBe([("served", 3), ("served", null)]);
        var resends = listening.Read("llm_observability.http.resends").ShouldHaveSingleItem();
        resends.Value.ShouldBe(2);
        resends.Tags["gen_ai.provider.name"].ShouldBe("openai");
    }

    private async Task AskAsync(IChatClient client)
    {
        using var wrapped = client.WithLlmObservability(_observing.Observer);
        await wrapped.GetResponseAsync(Observing.Hello, cancellationToken: Token);
    }

    /// <summary>Keeps the response, and its headers as they came.</summary>
    private sealed class SeeingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        public HttpResponseMessage? Response { get; private set; }

        public List<(string Name, string Value)> Headers { get; private set; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Response = await base.SendAsync(request, cancellationToken);
            Headers = [.. Response.Headers.NonValidated.SelectMany(header => header.Value.Select(value => (header.Key, value)))];
            return Response;
        }
    }

    private sealed class StoppingTime : TimeProvider
    {
        public bool Stopped { get; set; }

        public override DateTimeOffset GetUtcNow() => Stopped ? throw new InvalidOperationException("The clock stopped.") : base.GetUtcNow();
    }
}
