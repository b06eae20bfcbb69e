using System.Collections.ObjectModel;
using System.Diagnostics;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Telemetry;

public class SpanTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_call_is_one_client_span_with_the_attributes_of_the_conventions()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Hello"))
        {
            ModelId = "gpt-4o-mini-2024-07-18",
            ResponseId = "resp-1",
            FinishReason = ChatFinishReason.ToolCalls,
            Usage = new UsageDetails { InputTokenCount = 1000, OutputTokenCount = 100, CachedInputTokenCount = 400, ReasoningTokenCount = 30 },
        });
        using (LlmScope.Begin(("tenant", "acme"), ("conversation", "c-1"), ("color", "blue")))
        {
            await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions
            {
                MaxOutputTokens = 500,
                Temperature = 0.5f,
                Seed = 7,
                StopSequences = ["END", "STOP"],
                ResponseFormat = ChatResponseFormat.Json,
            }, Token);
        }

        var span = listening.OnlySpan();
        var call = await observing.OnlyCallAsync();
        span.DisplayName.ShouldBe("chat gpt-4o-mini");
        span.OperationName.ShouldBe("chat gpt-4o-mini");
        span.Kind.ShouldBe(ActivityKind.Client);
        span.Status.ShouldBe(ActivityStatusCode.Unset);
        span.Source.Name.ShouldBe("LlmObservability");
        span.Source.TelemetrySchemaUrl.ShouldBe("https://opentelemetry.io/schemas/1.41.0");
        span.Duration.ShouldBe(call.Duration);
        span.StartTimeUtc.ShouldBe(call.StartedAt.UtcDateTime);
        span.TraceId.ToHexString().ShouldBe(call.TraceId);
        span.SpanId.ToHexString().ShouldBe(call.SpanId);
        call.ParentSpanId.ShouldBeNull();
        Attributes(span).ShouldBe(new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "gpt-4o-mini",
            ["server.address"] = "api.openai.com",
            ["server.port"] = 443,
            ["gen_ai.conversation.id"] = "c-1",
            ["gen_ai.output.type"] = "json",
            ["llm_observability.schema.validated"] = false,
            ["gen_ai.request.seed"] = 7L,
            ["gen_ai.request.max_tokens"] = 500,
            ["gen_ai.request.temperature"] = 0.5,
            ["gen_ai.request.stop_sequences"] = "[END,STOP]",
            ["gen_ai.response.model"] = "gpt-4o-mini-2024-07-18",
            ["gen_ai.response.id"] = "resp-1",
            ["gen_ai.response.finish_reasons"] = "[tool_calls]",
            ["gen_ai.usage.input_tokens"] = 1000L,
            ["gen_ai.usage.output_tokens"] = 100L,
            ["gen_ai.usage.cache_read.input_tokens"] = 400L,
            ["gen_ai.usage.reasoning.output_tokens"] = 30L,
            ["gen_ai.usage.cost"] = (double)call.Cost!.Value.TotalUsd,
            ["llm_observability.call.id"] = call.Id,
            ["llm_observability.tag.tenant"] = "acme",
            ["llm_observability.tag.conversation"] = "c-1",
            ["llm_observability.tag.color"] = "blue",
        }.OrderBy(tag => tag.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Samplers_see_what_is_known_at_the_start_and_a_span_left_out_leaves_the_record()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing, ActivitySamplingResult.PropagationData);
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions().WithLlmTag("tenant", "acme"), Token);

        var (name, tags) = listening.Sampled.ShouldHaveSingleItem();
        name.ShouldBe("chat gpt-4o-mini");
        tags.Keys.Order().ShouldBe(
            ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "llm_observability.tag.tenant", "server.address", "server.port"]);
        listening.OnlySpan().GetTagItem("gen_ai.usage.cost").ShouldBeNull();
        (await observing.OnlyCallAsync()).Cost.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_failure_is_an_error_with_its_type_and_without_a_word_of_its_message()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => throw new InvalidOperationException("a secret prompt");
        await Should.ThrowAsync<InvalidOperationException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token));

        var span = listening.OnlySpan();
        span.Status.ShouldBe(ActivityStatusCode.Error);
        span.StatusDescription.ShouldBeNull();
        span.Events.ShouldBeEmpty();
        span.GetTagItem("error.type").ShouldBe("System.InvalidOperationException");
        span.GetTagItem("llm_observability.outcome").ShouldBe("failed");
        Attributes(span).ShouldAllBe(tag => tag.Value == null || !tag.Value.ToString()!.Contains("secret"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_and_abandoned_calls_are_not_errors(bool cancelled)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        if (cancelled)
        {
            using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
            observing.Inner.Respond = async (_, _, token) =>
            {
                await source.CancelAsync();
                token.ThrowIfCancellationRequested();
                return ScriptedChatClient.Response();
            };
            await Should.ThrowAsync<OperationCanceledException>(() => observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: source.Token));
        }
        else
        {
            await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
            {
                break;
            }
        }

        var span = listening.OnlySpan();
        span.Status.ShouldBe(ActivityStatusCode.Unset);
        span.GetTagItem("error.type").ShouldBeNull();
        span.GetTagItem("llm_observability.outcome").ShouldBe(cancelled ? "cancelled" : "abandoned");
    }

    [Fact]
    public async Task A_streams_span_is_current_in_every_step_of_the_inner_stream_and_never_in_the_consumer()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        var inside = new List<Activity?>();
        observing.Inner.Stream = (_, _, _) => Steps();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            Activity.Current.ShouldBeSameAs(around);
        }

        Activity.Current.ShouldBeSameAs(around);
        var span = listening.OnlySpan();
        inside.Count.ShouldBe(5);
        inside.ShouldAllBe(activity => ReferenceEquals(activity, span));
        span.ParentSpanId.ShouldBe(around.SpanId);
        span.TraceId.ShouldBe(around.TraceId);
        span.GetTagItem("gen_ai.request.stream").ShouldBe(true);
        span.GetTagItem("gen_ai.response.time_to_first_chunk").ShouldBeOfType<double>().ShouldBeGreaterThanOrEqualTo(0);

        async IAsyncEnumerable<ChatResponseUpdate> Steps()
        {
            for (var i = 0; i < 4; i++)
            {
                inside.Add(Activity.Current);
                if (i % 2 == 0)
                {
                    await Task.Yield();
                }

                yield return new ChatResponseUpdate(ChatRole.Assistant, "token");
            }

            inside.Add(Activity.Current);
        }
    }

    [Fact]
    public async Task A_calls_span_is_the_parent_of_what_the_inner_client_starts_and_ends_with_the_call()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        Activity? inside = null;
        observing.Inner.Respond = async (_, _, _) =>
        {
            await Task.Yield();
            inside = Activity.Current;
            return ScriptedChatClient.Response();
        };
        var calling = observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        Activity.Current.ShouldBeNull();
        await calling;

        Activity.Current.ShouldBeNull();
        inside.ShouldBeSameAs(listening.OnlySpan());
    }

    [Fact]
    public async Task An_abandoned_streams_end_leaves_the_consumers_current_activity_alone()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).GetAsyncEnumerator(Token);
        await updates.MoveNextAsync();
        using var later = new Activity("later").Start();
        await updates.DisposeAsync();

        Activity.Current.ShouldBeSameAs(later);
        listening.OnlySpan().GetTagItem("llm_observability.outcome").ShouldBe("abandoned");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_flow_of_the_context_is_suppressed_the_callers_activity_stays(bool streamed)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        Task calling;
        using (ExecutionContext.SuppressFlow())
        {
            if (streamed)
            {
                var updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).GetAsyncEnumerator(Token);
                calling = updates.MoveNextAsync().AsTask().ContinueWith(async _ => await updates.DisposeAsync(), TaskScheduler.Default).Unwrap();
            }
            else
            {
                calling = observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
            }

            Activity.Current.ShouldBeSameAs(around);
            LlmScope.Current.ShouldBeNull();
        }

        await calling;
        (await observing.OnlyCallAsync()).SpanId.ShouldBe(listening.OnlySpan().SpanId.ToHexString());
    }

    [Fact]
    public async Task Nested_wrappers_are_one_call_span_and_are_measured_once()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var outer = new PassingClient(observing.Client).WithLlmObservability(observing.Observer);
        await outer.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.Spans.Where(span => span.GetTagItem("gen_ai.operation.name") is not null).ShouldHaveSingleItem()
            .GetTagItem("gen_ai.usage.input_tokens").ShouldBe(1000L);
        (await observing.OnlyCallAsync()).AttemptCount.ShouldBe(1);
        listening.Sum("llm_observability.requests").ShouldBe(1);
        listening.Recorded("gen_ai.client.operation.duration").Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_listener_that_throws_harms_no_call_and_no_record()
    {
        await using var observing = new Observing();
        using var listener = new ThrowingListener(observing);
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);

        Activity.Current.ShouldBeNull();
        listener.Started.ShouldAllBe(span => span.IsStopped);
        listener.Started.Count.ShouldBe(2);
        (await observing.CallsAsync()).Count.ShouldBe(2);
        observing.Observer.GetStatistics().RecorderErrors.ShouldBeGreaterThanOrEqualTo(2);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
    }

    [Fact]
    public async Task A_response_that_cannot_be_read_leaves_no_span_open_and_no_call_in_progress()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse([null!]));
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        listening.OnlySpan().IsStopped.ShouldBeTrue();
        listening.Sum("llm_observability.requests.in_progress").ShouldBe(0);
    }

    [Fact]
    public async Task Options_that_cannot_be_read_leave_no_span_open()
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        var options = new ChatOptions { StopSequences = new UnreadableList() };
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);

        listening.OnlySpan().IsStopped.ShouldBeTrue();
        (await observing.OnlyCallAsync()).SpanId.ShouldBe(listening.OnlySpan().SpanId.ToHexString());
    }

    internal static IEnumerable<KeyValuePair<string, object?>> Attributes(Activity span)
    {
        var attributes = span.TagObjects.ToList();
        attributes.Select(tag => tag.Key).ShouldBeUnique();
        // Arrays in brackets: they are compared by what they hold.
        return attributes.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag =>
            tag.Value is string[] values ? KeyValuePair.Create(tag.Key, (object?)$"[{string.Join(',', values)}]") : tag);
    }

    private sealed class PassingClient(IChatClient inner) : DelegatingChatClient(inner);

    /// <summary>Looks full and cannot be copied, as a list that another thread changes meanwhile.</summary>
    private sealed class UnreadableList : Collection<string>, ICollection<string>
    {
        int ICollection<string>.Count => 2;

        void ICollection<string>.CopyTo(string[] array, int arrayIndex) => throw new ArgumentException("changed meanwhile");
    }
}
