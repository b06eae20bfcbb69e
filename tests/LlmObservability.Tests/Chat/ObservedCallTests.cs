using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Chat;

public sealed class ObservedCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_call_is_one_record_with_everything_the_response_told()
    {
        await using var observing = new Observing(o => o.Service = "shop");
        var response = await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "gpt-4o-mini" }, Token);

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.Operation.ShouldBe("chat");
        call.OutputType.ShouldBe("text");
        call.Provider.ShouldBe("openai");
        call.ServerAddress.ShouldBe("api.openai.com");
        call.ServerPort.ShouldBe(443);
        call.RequestModel.ShouldBe("gpt-4o-mini");
        call.ResponseModel.ShouldBe("gpt-4o-mini-2024-07-18");
        call.ResponseId.ShouldBe("resp-1");
        call.FinishReason.ShouldBe("stop");
        call.Streaming.ShouldBeFalse();
        call.Tokens.Source.ShouldBe(LlmUsageSource.Reported);
        call.Tokens.Input.ShouldBe(1000);
        call.Tokens.Output.ShouldBe(100);
        // 1,000 × 150 + 100 × 600 nano-dollars.
        call.Cost!.Value.TotalNanos.ShouldBe(210_000);
        call.CostReason.ShouldBe(LlmCostReason.Priced);
        call.PriceEntry.ShouldBe("openai/gpt-4o-mini");
        call.CatalogDate.ShouldNotBeNull();
        call.Tags.Service.ShouldBe("shop");
        call.AttemptCount.ShouldBe(1);
        LlmCallId.Matches(call.Id, call.StartedAt).ShouldBeTrue();
        response.GetLlmCall().ShouldBe(call);
    }

    [Fact]
    public async Task The_response_and_its_properties_are_the_inner_clients_own()
    {
        await using var observing = new Observing();
        var inner = ScriptedChatClient.Response();
        observing.Inner.Respond = (_, _, _) => Task.FromResult(inner);

        (await observing.Client.GetResponseAsync(Observing.Hello, null, Token)).ShouldBeSameAs(inner);
        inner.AdditionalProperties.ShouldBeNull();
    }

    [Fact]
    public async Task Values_are_copied_at_completion()
    {
        await using var observing = new Observing();
        var response = await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        response.Usage!.Add(new UsageDetails { InputTokenCount = 5000, OutputTokenCount = 5000 });
        response.ModelId = "changed";

        var call = await observing.OnlyCallAsync();
        call.Tokens.Input.ShouldBe(1000);
        call.ResponseModel.ShouldBe("gpt-4o-mini-2024-07-18");
        response.GetLlmCall()!.Tokens.Output.ShouldBe(100);
    }

    [Fact]
    public async Task A_failure_reaches_the_caller_as_it_is_and_its_message_nowhere()
    {
        await using var observing = new Observing();
        var failure = new HttpRequestException("a secret prompt", new InvalidOperationException("another secret"), HttpStatusCode.TooManyRequests);
        observing.Inner.Respond = (_, _, _) => Task.FromException<ChatResponse>(failure);

        (await Should.ThrowAsync<HttpRequestException>(() => observing.Client.GetResponseAsync(Observing.Hello, null, Token))).ShouldBeSameAs(failure);

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe("System.Net.Http.HttpRequestException");
        call.HttpStatus.ShouldBe(429);
        call.Tokens.Source.ShouldBe(LlmUsageSource.Missing);
        call.Cost.ShouldBeNull();
        call.CostReason.ShouldBe(LlmCostReason.MissingUsage);
        call.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task Cancellation_by_the_caller_is_cancelled_and_a_providers_own_timeout_is_failed()
    {
        await using var observing = new Observing();
        using var source = new CancellationTokenSource();
        observing.Inner.Respond = async (_, _, token) =>
        {
            await source.CancelAsync();
            token.ThrowIfCancellationRequested();
            return ScriptedChatClient.Response();
        };
        await Should.ThrowAsync<OperationCanceledException>(() => observing.Client.GetResponseAsync(Observing.Hello, null, source.Token));

        observing.Inner.Respond = (_, _, _) => Task.FromException<ChatResponse>(new TaskCanceledException("timeout", new TimeoutException()));
        await Should.ThrowAsync<TaskCanceledException>(() => observing.Client.GetResponseAsync(Observing.Hello, null, Token));

        (await observing.CallsAsync()).Select(call => call.Outcome).ShouldBe([LlmOutcome.Cancelled, LlmOutcome.Failed]);
    }

    [Fact]
    public async Task The_callers_messages_are_passed_on_and_not_enumerated()
    {
        await using var observing = new Observing();
        var enumerated = 0;
        IEnumerable<ChatMessage> Messages()
        {
            enumerated++;
            yield return new ChatMessage(ChatRole.User, "hi");
        }

        var messages = Messages();
        observing.Inner.Respond = (seen, _, _) =>
        {
            _ = seen.ToList();
            return Task.FromResult(ScriptedChatClient.Response());
        };
        await observing.Client.GetResponseAsync(messages, null, Token);

        enumerated.ShouldBe(1);
        observing.Inner.LastMessages.ShouldBeSameAs(messages);
    }

    [Fact]
    public async Task Options_without_tags_reach_the_inner_client_as_they_are()
    {
        await using var observing = new Observing();
        var options = new ChatOptions { AdditionalProperties = new() { ["own"] = 1 } };
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        observing.Inner.LastOptions.ShouldBeSameAs(options);
    }

    [Fact]
    public async Task Tags_on_options_are_taken_off_for_the_inner_client_and_stay_on_the_callers()
    {
        await using var observing = new Observing();
        var options = new ChatOptions { ModelId = "gpt-4o-mini", AdditionalProperties = new() { ["own"] = 1 } }.WithLlmTag("tenant", "acme");
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);

        observing.Inner.LastOptions.ShouldNotBeSameAs(options);
        observing.Inner.LastOptions!.ModelId.ShouldBe("gpt-4o-mini");
        observing.Inner.LastOptions.AdditionalProperties!.ShouldHaveSingleItem().Key.ShouldBe("own");
        options.AdditionalProperties!.Count.ShouldBe(2);
        (await observing.CallsAsync()).Select(call => call.Tags.Tenant).ShouldBe(["acme", "acme"]);
    }

    [Fact]
    public async Task A_json_format_is_recorded_as_output_type()
    {
        await using var observing = new Observing();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, Token);
        (await observing.OnlyCallAsync()).OutputType.ShouldBe("json");
    }

    [Fact]
    public async Task An_azure_host_names_the_provider_azure()
    {
        await using var observing = new Observing();
        observing.Inner.Metadata = new("openai", new Uri("https://mine.openai.azure.com/"), "my-deployment");
        await observing.Inner.WithLlmObservability(observing.Observer).GetResponseAsync(Observing.Hello, null, Token);
        var call = await observing.OnlyCallAsync();
        call.Provider.ShouldBe("azure.ai.openai");
        call.RequestModel.ShouldBe("my-deployment");
    }

    [Fact]
    public async Task Of_a_call_that_nobody_traces_the_activity_around_it_is_recorded()
    {
        await using var observing = new Observing();
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        var call = await observing.OnlyCallAsync();
        call.TraceId.ShouldBe(activity.TraceId.ToHexString());
        call.SpanId.ShouldBeNull();
        call.ParentSpanId.ShouldBe(activity.SpanId.ToHexString());
    }

    [Fact]
    public async Task Missing_and_incomplete_usage_leave_the_cost_unknown_with_its_reason()
    {
        await using var observing = new Observing();
        var response = ScriptedChatClient.Response();
        observing.Inner.Respond = (_, _, _) => Task.FromResult(response);
        response.Usage = null;
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        response.Usage = new UsageDetails { InputTokenCount = 10 };
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        response.Usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 1, CachedInputTokenCount = 11 };
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        response.Usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 1 };
        response.ModelId = "nobody-knows-this-model";
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "nor-this" }, Token);

        var calls = await observing.CallsAsync();
        calls.ShouldAllBe(call => call.Cost == null);
        calls.Select(call => call.CostReason).ShouldBe(
            [LlmCostReason.MissingUsage, LlmCostReason.IncompleteUsage, LlmCostReason.InvalidUsage, LlmCostReason.UnknownModel]);
    }

    [Fact]
    public async Task A_disabled_observer_passes_calls_through_and_can_be_switched_on_again()
    {
        await using var observing = new Observing(o => o.Enabled = false);
        var options = new ChatOptions().WithLlmTag("tenant", "acme");
        var response = await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        response.GetLlmCall().ShouldBeNull();
        observing.Inner.LastOptions!.AdditionalProperties.ShouldBeNull();

        observing.Observer.Enabled = true;
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        (await observing.OnlyCallAsync()).Tags.Tenant.ShouldBe("acme");
    }

    [Fact]
    public async Task Under_a_serialising_cache_each_call_has_its_own_id()
    {
        await using var observing = new Observing();
        using var cache = new JsonCachingChatClient(observing.Client);
        using var outer = cache.WithLlmObservability(observing.Observer);

        var first = await outer.GetResponseAsync(Observing.Hello, null, Token);
        var second = await outer.GetResponseAsync(Observing.Hello, null, Token);

        observing.Inner.Calls.ShouldBe(1);
        second.ShouldNotBeSameAs(first);
        first.GetLlmCall()!.Id.ShouldNotBe(second.GetLlmCall()!.Id);
        JsonSerializer.Serialize(second, AIJsonUtilities.DefaultOptions).ShouldNotContain(first.GetLlmCall()!.Id.ToString());
        (await observing.CallsAsync()).Select(call => call.Id).ShouldBe([first.GetLlmCall()!.Id, second.GetLlmCall()!.Id]);
    }

    [Fact]
    public async Task A_response_of_another_client_has_no_call()
    {
        using var inner = new ScriptedChatClient();
        (await inner.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall().ShouldBeNull();
    }

    [Fact]
    public async Task Nested_wrappers_are_one_call_with_attempts_and_count_tokens_once()
    {
        await using var observing = new Observing();
        using var failing = new ScriptedChatClient { Respond = (_, _, _) => Task.FromException<ChatResponse>(new HttpRequestException("down")) };
        using var failover = new FailoverChatClient(failing.WithLlmObservability(observing.Observer), observing.Client);
        using var outer = failover.WithLlmObservability(observing.Observer);

        await outer.GetResponseAsync(Observing.Hello, null, Token);

        var call = await observing.OnlyCallAsync();
        call.AttemptCount.ShouldBe(2);
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.Provider.ShouldBe("openai");
        call.Tokens.Input.ShouldBe(1000);
        call.Cost!.Value.TotalNanos.ShouldBe(210_000);
        var attempts = observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmObservability.Sinks.LlmCallEnvelope>().Single().Attempts;
        attempts.Select(attempt => (attempt.Ordinal, attempt.Outcome)).ShouldBe([(1, LlmOutcome.Failed), (2, LlmOutcome.Completed)]);
    }

    [Fact]
    public async Task One_clients_calls_are_each_priced_by_the_model_that_answered()
    {
        await using var observing = new Observing();
        var models = new Queue<string>(["gpt-4o-mini", "gpt-4o", "nobody-knows", "gpt-4o-mini"]);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response(model: models.Dequeue()));
        var options = new ChatOptions { ModelId = "auto" };
        while (models.Count > 0)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        }

        (await observing.CallsAsync()).Select(call => call.Cost?.TotalNanos).ShouldBe([210_000, 3_500_000, null, 210_000]);
    }

    [Theory]
    [InlineData("gpt-4o-mini", "gpt-4o", 3_710_000L)]
    [InlineData("gpt-4o-mini", "nobody-knows", null)]
    [InlineData("nobody-knows", "gpt-4o-mini", null)]
    public async Task A_call_of_two_billed_attempts_costs_both_and_is_unknown_where_one_is(string first, string second, long? nanos)
    {
        await using var observing = new Observing();
        var models = new Queue<string>([first, second]);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response(model: models.Dequeue()));
        using var outer = new TwiceChatClient(observing.Client).WithLlmObservability(observing.Observer);
        await outer.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "auto" }, Token);

        var call = await observing.OnlyCallAsync();
        (call.AttemptCount, call.Tokens.Input, call.Cost?.TotalNanos).ShouldBe((2, 2_000, nanos));
        call.CostReason.ShouldBe(nanos is null ? LlmCostReason.UnknownModel : LlmCostReason.Priced);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_attempt_that_failed_after_output_was_billed_and_its_cost_is_not_taken_for_nothing(bool output)
    {
        await using var observing = new Observing(options => options.EstimateUsage = false);
        using var failing = new ScriptedChatClient { Stream = (_, _, _) => Failing(output) };
        using var failover = new FailoverChatClient(failing.WithLlmObservability(observing.Observer), observing.Client);
        using var outer = failover.WithLlmObservability(observing.Observer);
        await foreach (var _ in outer.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
        }

        var call = await observing.OnlyCallAsync();
        (call.AttemptCount, call.Tokens.Input).ShouldBe((2, 1000));
        call.CostReason.ShouldBe(output ? LlmCostReason.MissingUsage : LlmCostReason.Priced);
        (call.Cost is null).ShouldBe(output);

        static async IAsyncEnumerable<ChatResponseUpdate> Failing(bool output)
        {
            await Task.Yield();
            if (output)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, "Hel");
            }

            throw new HttpRequestException("down");
        }
    }

    [Fact]
    public async Task A_recorder_that_fails_harms_no_call_and_is_counted()
    {
        await using var observing = new Observing(time: new BrokenClock());
        var response = await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        response.Text.ShouldBe("Hello");
        var texts = new List<string>();
        await foreach (var update in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            texts.Add(update.Text);
        }

        texts.ShouldBe(["Hel", "lo", ""]);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(2);
        observing.Observer.GetStatistics().Dropped.ShouldBe(2);
    }

    [Fact]
    public async Task A_clock_that_fails_in_mid_call_and_a_logger_that_throws_harm_no_call()
    {
        // Each further reading that works moves the failure to a later place of the call.
        for (var working = 0; working < 12; working++)
        {
            await using var observer = LlmObserver.Create([new RecordingSink()], null, new FailingClock(working), new ThrowingLoggerFactory());
            using var client = new ScriptedChatClient().WithLlmObservability(observer);
            (await client.GetResponseAsync(Observing.Hello, null, Token)).Text.ShouldBe("Hello");
            var updates = 0;
            await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, null, Token))
            {
                updates++;
            }

            updates.ShouldBe(3);
            var statistics = observer.GetStatistics();
            (statistics.Calls + statistics.CallsLost).ShouldBe(2);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_inside_a_call_is_its_own_only_with_tags_of_its_own(bool tagged)
    {
        await using var observing = new Observing();
        using var agent = new ScriptedChatClient
        {
            Respond = async (messages, _, token) =>
            {
                using var scope = tagged ? LlmScope.Begin(("feature", "sub")) : LlmScope.Capture();
                await observing.Client.GetResponseAsync(messages, null, token);
                return ScriptedChatClient.Response(10, 1);
            },
        };
        using var outer = agent.WithLlmObservability(observing.Observer);
        await outer.GetResponseAsync(Observing.Hello, null, Token);

        var calls = await observing.CallsAsync();
        if (tagged)
        {
            calls.Select(call => (call.Tags.Feature, call.Tokens.Input)).ShouldBe([("sub", 1000), (null, 10)]);
        }
        else
        {
            calls.ShouldHaveSingleItem().Tokens.Input.ShouldBe(1000);
        }
    }

    [Fact]
    public async Task A_providers_own_exception_tells_its_status()
    {
        await using var observing = new Observing();
        observing.Inner.Respond = (_, _, _) => Task.FromException<ChatResponse>(new ProviderException { Status = 529 });
        await Should.ThrowAsync<ProviderException>(() => observing.Client.GetResponseAsync(Observing.Hello, null, Token));
        (await observing.OnlyCallAsync()).HttpStatus.ShouldBe(529);
    }

    private sealed class ProviderException : Exception
    {
        public int Status { get; init; }
    }

    private sealed class FailingClock(int working) : TimeProvider
    {
        private int _left = working;

        public override DateTimeOffset GetUtcNow() => Interlocked.Decrement(ref _left) >= 0 ? base.GetUtcNow() : throw new InvalidOperationException("broken");

        public override long GetTimestamp() => Interlocked.Decrement(ref _left) >= 0 ? base.GetTimestamp() : throw new InvalidOperationException("broken");
    }

    private sealed class ThrowingLoggerFactory : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("logger");

        public void Dispose()
        {
        }
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("broken");
    }

    private sealed class FailoverChatClient(IChatClient first, IChatClient second) : IChatClient
    {
        public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await first.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (HttpRequestException)
            {
                return await second.GetResponseAsync(messages, options, cancellationToken);
            }
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in Started(first.GetStreamingResponseAsync(messages, options, cancellationToken)))
            {
                yield return update;
            }

            await foreach (var update in second.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                yield return update;
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private static async IAsyncEnumerable<ChatResponseUpdate> Started(IAsyncEnumerable<ChatResponseUpdate> updates)
        {
            await using var each = updates.GetAsyncEnumerator(Token);
            while (true)
            {
                try
                {
                    if (!await each.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (HttpRequestException)
                {
                    break;
                }

                yield return each.Current;
            }
        }
    }

    private sealed class TwiceChatClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await base.GetResponseAsync(messages, options, cancellationToken);
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class JsonCachingChatClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        private string? _cached;

        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (_cached is not null)
            {
                return JsonSerializer.Deserialize<ChatResponse>(_cached, AIJsonUtilities.DefaultOptions)!;
            }

            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            _cached = JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);
            return response;
        }
    }
}
