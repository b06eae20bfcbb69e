using System.Diagnostics.Metrics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmObservability.Tests.Telemetry;

public class MetricTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_conventions_histograms_have_their_names_units_and_boundaries()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        foreach (var name in new[] { "operation.duration", "operation.time_to_first_chunk", "operation.time_per_output_chunk" })
        {
            var seconds = listening.Instruments.Single(instrument => instrument.Name == "gen_ai.client." + name).ShouldBeOfType<Histogram<double>>();
            seconds.Unit.ShouldBe("s");
            seconds.Advice!.HistogramBucketBoundaries.ShouldBe(
                [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]);
        }

        var tokens = listening.Instruments.Single(instrument => instrument.Name == "gen_ai.client.token.usage").ShouldBeOfType<Histogram<long>>();
        tokens.Unit.ShouldBe("{token}");
        tokens.Advice!.HistogramBucketBoundaries.ShouldBe(Enumerable.Range(0, 14).Select(power => (long)Math.Pow(4, power)));
        listening.Instruments.ShouldAllBe(instrument => instrument.Name.StartsWith("gen_ai.client.", StringComparison.Ordinal)
            || instrument.Name.StartsWith("llm_observability.", StringComparison.Ordinal));
        listening.Instruments.ShouldAllBe(instrument => instrument.Unit != null && instrument.Description != null);
        listening.Instruments.ShouldAllBe(instrument => instrument.Meter.Name == LlmTelemetry.MeterName);
    }

    [Fact]
    public async Task A_call_is_recorded_with_low_cardinality_attributes_only()
    {
        await using var observing = new Observing(options => options.UserIds.StorePlain = true);
        using var listening = new Listening(observing);
        using (LlmScope.Begin(("user", "u-1"), ("tenant", "acme"), ("route", "/chat"), ("color", "blue")))
        {
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        }

        var call = await observing.OnlyCallAsync();
        var attributes = new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "gpt-4o-mini",
            ["gen_ai.response.model"] = "gpt-4o-mini-2024-07-18",
            ["server.address"] = "api.openai.com",
            ["server.port"] = 443,
        };
        var duration = listening.Recorded("gen_ai.client.operation.duration").ShouldHaveSingleItem();
        duration.Value.ShouldBe(call.Duration.TotalSeconds);
        duration.Tags.ShouldBe(attributes, ignoreOrder: true);
        var tokens = listening.Recorded("gen_ai.client.token.usage");
        tokens.Select(heard => (heard.Value, heard.Tags["gen_ai.token.type"])).ShouldBe([(1000, "input"), (100, "output")]);
        tokens.ShouldAllBe(heard => heard.Tags.Count == 7);
        listening.Recorded("gen_ai.client.operation.time_to_first_chunk").ShouldBeEmpty();
        listening.Read("llm_observability.requests").ShouldHaveSingleItem().Tags.ShouldBe(
            attributes.Append(new("llm_observability.outcome", "completed")), ignoreOrder: true);
    }

    [Fact]
    public async Task The_errors_type_stands_on_the_duration_of_a_failure_and_nowhere_else()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        observing.Inner.Respond = (_, _, _) => throw new TimeoutException("a secret prompt");
        await Should.ThrowAsync<TimeoutException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));

        var durations = listening.Recorded("gen_ai.client.operation.duration");
        durations.Select(heard => heard.Tags.GetValueOrDefault("error.type")).ShouldBe([null, "System.TimeoutException"]);
        durations[0].Tags.ContainsKey("error.type").ShouldBeFalse();
        listening.Recorded("gen_ai.client.token.usage").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Own_counters_tell_outcomes_disjoint_tokens_cost_by_part_and_unpriced_calls()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response();
            response.Usage!.CachedInputTokenCount = 400;
            response.Usage.ReasoningTokenCount = 30;
            return Task.FromResult(response);
        };
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response(model: "nobody-knows"));
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "nobody-knows" }, Token);
        observing.Inner.Respond = (_, _, _) => throw new TimeoutException();
        await Should.ThrowAsync<TimeoutException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            break;
        }

        // The stream left early is estimated: two tokens of input, one of output. The conventions' histogram has what was reported.
        listening.Recorded("gen_ai.client.token.usage").Count.ShouldBe(2 * 3);
        const string Outcome = "llm_observability.outcome";
        listening.Sum("llm_observability.requests", Outcome, "completed").ShouldBe(3);
        listening.Sum("llm_observability.requests", Outcome, "failed").ShouldBe(1);
        listening.Sum("llm_observability.requests", Outcome, "abandoned").ShouldBe(1);
        listening.Sum("llm_observability.requests", Outcome, "cancelled").ShouldBe(0);

        var calls = await observing.CallsAsync();
        const string Type = "gen_ai.token.type";
        listening.Sum("llm_observability.tokens", Type, "input").ShouldBe((2 * 600) + 1000 + 2);
        listening.Sum("llm_observability.tokens", Type, "cache_read").ShouldBe(2 * 400);
        listening.Sum("llm_observability.tokens", Type, "cache_write").ShouldBe(0);
        listening.Sum("llm_observability.tokens", Type, "output").ShouldBe((2 * 70) + 100 + 1);
        listening.Sum("llm_observability.tokens", Type, "reasoning").ShouldBe(2 * 30);
        listening.Sum("llm_observability.tokens").ShouldBe(calls.Sum(call => call.Tokens.Input + call.Tokens.Output));

        listening.Read("llm_observability.cost").Select(heard => heard.Tags["llm_observability.cost.part"]).ShouldBe(
            ["input", "cached_input", "output"], ignoreOrder: true);
        listening.Sum("llm_observability.cost").ShouldBe((double)calls.Sum(call => call.Cost?.TotalUsd ?? 0), 1e-12);
        listening.Sum("llm_observability.requests.unpriced", "llm_observability.cost.reason", "unknown_model").ShouldBe(1);
        listening.Sum("llm_observability.requests.unpriced", "llm_observability.cost.reason", "missing_usage").ShouldBe(1);
        listening.Sum("llm_observability.requests.unpriced").ShouldBe(2);
    }

    [Fact]
    public async Task Calls_in_progress_rise_and_fall_and_attempts_are_not_counted()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var answer = new TaskCompletionSource<ChatResponse>();
        observing.Inner.Respond = (_, _, _) => answer.Task;
        var outer = new PassingClient(observing.Client).WithLlmObservability(observing.Observer);
        var calling = new[] { outer.GetResponseAsync(Observing.Hello, cancellationToken: Token), observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token) };
        listening.Sum("llm_observability.requests.in_progress").ShouldBe(2);
        answer.SetException(new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(() => Task.WhenAll(calling));

        listening.Read("llm_observability.requests.in_progress").ShouldHaveSingleItem().Value.ShouldBe(0);
        listening.Sum("llm_observability.requests").ShouldBe(2);
    }

    [Fact]
    public async Task Calls_in_progress_are_counted_without_anybody_listening_whatever_becomes_of_them()
    {
        await using var observing = new Observing();
        var answer = new TaskCompletionSource<ChatResponse>();
        observing.Inner.Respond = (_, _, _) => answer.Task;
        var embedding = new TaskCompletionSource<GeneratedEmbeddings<Embedding<float>>>();
        var generator = new ScriptedEmbeddingGenerator { Respond = (_, _, _) => embedding.Task }.WithLlmObservability(observing.Observer);
        var outer = new PassingClient(observing.Client).WithLlmObservability(observing.Observer);
        var calling = new Task[]
        {
            outer.GetResponseAsync(Observing.Hello, cancellationToken: Token),
            observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token),
            generator.GenerateAsync(["a"], cancellationToken: Token),
        };
        observing.Observer.GetStatistics().InProgress.ShouldBe(3);
        answer.SetException(new TimeoutException());
        embedding.SetCanceled(CancellationToken.None);
        await Should.ThrowAsync<Exception>(() => Task.WhenAll(calling));
        observing.Observer.GetStatistics().InProgress.ShouldBe(0);

        var stream = observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).GetAsyncEnumerator(Token);
        await stream.MoveNextAsync();
        observing.Observer.GetStatistics().InProgress.ShouldBe(1);
        await stream.DisposeAsync();
        observing.Observer.GetStatistics().InProgress.ShouldBe(0);
    }

    [Fact]
    public async Task A_call_that_began_before_anybody_listened_does_not_make_the_count_negative()
    {
        await using var observing = new Observing();
        var answer = new TaskCompletionSource<ChatResponse>();
        observing.Inner.Respond = (_, _, _) => answer.Task;
        var calling = observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        using var listening = new Listening(observing);
        answer.SetResult(ScriptedChatClient.Response());
        await calling;

        listening.Sum("llm_observability.requests.in_progress").ShouldBe(0);
        listening.Sum("llm_observability.requests").ShouldBe(1);
    }

    [Fact]
    public async Task Allow_listed_tags_become_attributes_of_every_metric()
    {
        await using var observing = new Observing(options =>
        {
            options.Telemetry.MetricTags.Add("Route");
            options.Telemetry.MetricTags.Add("color");
        });
        using var listening = new Listening(observing);
        using (LlmScope.Begin(("http.route", "/chat"), ("color", "blue"), ("size", "large")))
        {
            await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("color", "red"), Token);
        }

        var durations = listening.Recorded("gen_ai.client.operation.duration");
        durations.Select(heard => heard.Tags["llm_observability.tag.color"]).ShouldBe(["blue", "red"]);
        durations.ShouldAllBe(heard => Equals(heard.Tags["llm_observability.tag.route"], "/chat"));
        durations.ShouldAllBe(heard => !heard.Tags.ContainsKey("llm_observability.tag.size"));
        listening.Read("llm_observability.requests").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Series_beyond_the_bound_are_folded_and_counted_and_nothing_is_lost()
    {
        await using var observing = new Observing(options =>
        {
            options.Telemetry.MaxMetricSeries = 10;
            options.Telemetry.MetricTags.Add("color");
        });
        using var listening = new Listening(observing);
        for (var i = 0; i < 100; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("color", $"color {i}"), Token);
        }

        var requests = listening.Read("llm_observability.requests");
        requests.Count.ShouldBe(11);
        requests.Sum(heard => heard.Value).ShouldBe(100);
        var folded = requests.Single(heard => Equals(heard.Tags["llm_observability.tag.color"], "_OTHER"));
        folded.Value.ShouldBe(90);
        folded.Tags["gen_ai.request.model"].ShouldBe("_OTHER");
        folded.Tags["gen_ai.provider.name"].ShouldBe("openai");
        listening.Sum("llm_observability.metrics.folded").ShouldBe(90);
    }

    [Fact]
    public async Task Models_beyond_the_bound_are_folded_too_and_each_combination_of_attributes_is_read_once()
    {
        await using var observing = new Observing(options => options.Telemetry.MaxMetricSeries = 10);
        using var listening = new Listening(observing);
        var other = new ScriptedChatClient().WithLlmObservability(observing.Observer);
        for (var i = 0; i < 400; i++)
        {
            await (i % 2 == 0 ? observing.Client : other).GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = $"model {i / 2}" }, Token);
        }

        foreach (var instrument in new[] { "llm_observability.requests", "llm_observability.requests.in_progress" })
        {
            var heard = listening.Read(instrument);
            heard.Select(one => string.Join(';', one.Tags.OrderBy(tag => tag.Key).Select(tag => $"{tag.Key}={tag.Value}"))).ShouldBeUnique();
            heard.Count.ShouldBeLessThanOrEqualTo(11);
        }

        listening.Sum("llm_observability.requests").ShouldBe(400);
        listening.Sum("llm_observability.requests.in_progress").ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_that_is_folded_counts_once_however_many_chunks_it_has()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(
            options =>
            {
                options.Telemetry.MaxMetricSeries = 10;
                options.Telemetry.MetricTags.Add("color");
            },
            time);
        using var listening = new Listening(observing);
        observing.Inner.Stream = (_, _, _) => Steps();
        for (var i = 0; i < 11; i++)
        {
            using var scope = LlmScope.Begin(("color", $"color {i}"));
            await observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);
        }

        listening.Recorded("gen_ai.client.operation.time_per_output_chunk").Count.ShouldBe(33);
        listening.Sum("llm_observability.metrics.folded").ShouldBe(1);

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            await Task.Yield();
            for (var i = 0; i < 4; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                yield return new ChatResponseUpdate(ChatRole.Assistant, "token") { ModelId = "gpt-4o-mini" };
            }
        }
    }

    [Fact]
    public async Task A_model_that_is_folded_is_counted_also_where_nobody_listened_to_the_ones_before()
    {
        await using var observing = new Observing(options => options.Telemetry.MaxMetricSeries = 10);
        for (var i = 0; i < 10; i++)
        {
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = $"model {i}" }, Token);
        }

        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "one more" }, Token);

        var folded = listening.Read("llm_observability.requests").ShouldHaveSingleItem().Tags["gen_ai.request.model"] is "_OTHER";
        listening.Sum("llm_observability.metrics.folded").ShouldBe(folded ? 1 : 0);
    }

    [Fact]
    public async Task The_bound_holds_for_many_models_with_many_sets_of_tags()
    {
        await using var observing = new Observing(options =>
        {
            options.Telemetry.MaxMetricSeries = 10;
            options.Telemetry.MetricTags.Add("color");
            options.Telemetry.MetricTags.Add("size");
            options.Telemetry.MetricTags.Add("shape");
        });
        using var listening = new Listening(observing);
        for (var i = 0; i < 400; i++)
        {
            using var scope = LlmScope.Begin(
                ("color", (i & 1) == 0 ? null : $"color {i}"), ("size", (i & 2) == 0 ? null : $"size {i}"), ("shape", (i & 4) == 0 ? null : $"shape {i}"));
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = $"model {i / 8}" }, Token);
        }

        // Those told apart, and one for the rest.
        listening.Read("llm_observability.requests").Count.ShouldBe(11);
        listening.Sum("llm_observability.requests").ShouldBe(400);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("tenant_id")]
    [InlineData("ConversationId")]
    [InlineData("session")]
    [InlineData("request_id")]
    [InlineData("")]
    public void A_tag_without_a_bound_is_refused_at_start(string key)
    {
        var options = new LlmObservabilityOptions();
        options.Telemetry.MetricTags.Add(key);
        Should.Throw<OptionsValidationException>(() => LlmObserver.Create([], options)).Message.ShouldContain("LlmObservability:Telemetry:MetricTags");
    }

    [Theory]
    [InlineData("gen_ai_latest_experimental", true)]
    [InlineData("http, gen_ai_latest_experimental", true)]
    [InlineData("http/dup", false)]
    [InlineData("", false)]
    public async Task The_opt_in_switches_to_the_newer_names_and_never_emits_both(string optIn, bool latest)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(
            [
                new("OTEL_SEMCONV_STABILITY_OPT_IN", optIn),
                new("LlmObservability:Telemetry:MetricTags:0", "route"),
                new("LlmObservability:Telemetry:MaxMetricSeries", "50"),
            ]).Build());
        services.AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        var telemetry = provider.GetRequiredService<IOptions<LlmObservabilityOptions>>().Value.Telemetry;
        telemetry.LatestConventions.ShouldBe(latest);
        telemetry.MetricTags.ShouldBe(["route"]);
        telemetry.MaxMetricSeries.ShouldBe(50);

        await using var observing = new Observing(options => options.Telemetry.LatestConventions = latest);
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response();
            response.Usage!.CachedInputTokenCount = 400;
            response.Usage.AdditionalCounts = new() { ["CacheCreationInputTokens"] = 200 };
            return Task.FromResult(response);
        };
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);

        listening.Instruments.Select(instrument => instrument.Name).Where(name => name.StartsWith("gen_ai.", StringComparison.Ordinal)).ShouldBe(
            latest
                ?
                [
                    "gen_ai.client.inference.duration", "gen_ai.client.inference.time_to_first_chunk",
                    "gen_ai.client.inference.time_per_output_chunk", "gen_ai.client.inference.operation.input_tokens",
                    "gen_ai.client.inference.operation.output_tokens", "gen_ai.client.inference.usage.input_tokens",
                    "gen_ai.client.inference.usage.output_tokens", "gen_ai.client.inference.usage.cache_read.input_tokens",
                    "gen_ai.client.inference.usage.cache_write.input_tokens", "gen_ai.client.inference.usage.reasoning.output_tokens",
                ]
                :
                [
                    "gen_ai.client.operation.duration", "gen_ai.client.operation.time_to_first_chunk",
                    "gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.token.usage",
                ],
            ignoreOrder: true);
        var keys = listening.Spans.First().TagObjects.Select(tag => tag.Key).ToList();
        keys.Contains("gen_ai.usage.cache_write.input_tokens").ShouldBe(latest);
        keys.Contains("gen_ai.usage.cache_creation.input_tokens").ShouldBe(!latest);
        listening.Recorded(latest ? "gen_ai.client.inference.duration" : "gen_ai.client.operation.duration").Count.ShouldBe(2);
        if (latest)
        {
            listening.Recorded("gen_ai.client.inference.operation.input_tokens").Select(heard => heard.Value).ShouldBe([1000, 1000]);
            listening.Sum("gen_ai.client.inference.usage.input_tokens").ShouldBe(2000);
            listening.Sum("gen_ai.client.inference.usage.cache_write.input_tokens").ShouldBe(200);
        }
    }

    [Fact]
    public async Task What_takes_the_provider_time_is_a_chunk_and_what_comes_with_it_is_not_another()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        observing.Inner.Stream = (_, _, _) => Steps();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            time.Advance(TimeSpan.FromSeconds(7));
        }

        listening.Recorded("gen_ai.client.operation.time_to_first_chunk").ShouldHaveSingleItem().Value.ShouldBe(0.5);
        listening.Recorded("gen_ai.client.operation.time_per_output_chunk").Select(heard => heard.Value).ShouldBe([0.25, 0.125]);

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            await Task.Yield();
            foreach (var milliseconds in new[] { 500, 0, 0, 250, 0, 125 })
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                yield return new ChatResponseUpdate(ChatRole.Assistant, "token");
            }
        }
    }

    [Fact]
    public async Task Chunks_begin_with_the_first_content()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        observing.Inner.Stream = (_, _, _) => Steps();
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);

        listening.Recorded("gen_ai.client.operation.time_to_first_chunk").ShouldHaveSingleItem().Value.ShouldBe(5);
        listening.Recorded("gen_ai.client.operation.time_per_output_chunk").Select(heard => heard.Value).ShouldBe([0.5]);

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate { ResponseId = "created" };
            time.Advance(TimeSpan.FromSeconds(5));
            yield return new ChatResponseUpdate(ChatRole.Assistant, "first");
            time.Advance(TimeSpan.FromSeconds(0.25));
            yield return new ChatResponseUpdate { ResponseId = "working" };
            time.Advance(TimeSpan.FromSeconds(0.25));
            yield return new ChatResponseUpdate(ChatRole.Assistant, "second");
        }
    }

    [Fact]
    public async Task The_conventions_metrics_can_be_left_to_another_instrumentation()
    {
        await using var observing = new Observing(options => options.Telemetry.ConventionMetrics = false);
        using var listening = new Listening(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);

        foreach (var name in new[] { "operation.duration", "token.usage", "operation.time_to_first_chunk", "operation.time_per_output_chunk" })
        {
            listening.Recorded("gen_ai.client." + name).ShouldBeEmpty();
        }

        listening.Spans.Count.ShouldBe(2);
        listening.Sum("llm_observability.requests").ShouldBe(2);
    }

    [Fact]
    public async Task Dropped_records_are_counted_by_reason()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        listening.Read("llm_observability.records.dropped").ShouldBeEmpty();
        observing.Sink.BeforeWrite = (_, _) => throw new LlmSinkException(LlmSinkFailure.Permanent, "gone");
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Observer.FlushAsync(Token);
        observing.Observer.CallLost(new InvalidOperationException());

        listening.Read("llm_observability.records.dropped").Select(heard => (heard.Value, heard.Tags.ShouldHaveSingleItem()))
            .ShouldBe(
            [
                (1, new("llm_observability.drop.reason", "permanent_failure")),
                (1, new("llm_observability.drop.reason", "recorder_error")),
            ]);
    }

    [Fact]
    public async Task A_metric_listener_that_throws_harms_no_call_and_no_record()
    {
        await using var observing = new Observing();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, observing.Observer.Telemetry.Meter))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException());
        listener.Start();
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        (await observing.OnlyCallAsync()).Outcome.ShouldBe(LlmOutcome.Completed);
        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(1);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
    }

    private sealed class PassingClient(IChatClient inner) : DelegatingChatClient(inner);
}
