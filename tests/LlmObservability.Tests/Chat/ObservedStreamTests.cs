using System.Diagnostics;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

public sealed class ObservedStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_passes_unbuffered_and_ends_as_one_completed_call()
    {
        await using var observing = new Observing();
        var produced = 0;
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            await foreach (var update in ScriptedChatClient.Updates(Token, "a", "b", "c"))
            {
                produced++;
                yield return update;
            }
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        var seen = 0;
        ChatResponseUpdate? last = null;
        await foreach (var update in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            produced.ShouldBe(++seen);
            update.GetLlmCall().ShouldBeNull();
            last = update;
        }

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.Streaming.ShouldBeTrue();
        call.FinishReason.ShouldBe("stop");
        call.ResponseId.ShouldBe("resp-1");
        call.Tokens.Input.ShouldBe(1000);
        call.Cost!.Value.TotalNanos.ShouldBe(210_000);
        call.TimeToFirstToken.ShouldNotBeNull();
        last!.GetLlmCall().ShouldBe(call);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
    }

    [Fact]
    public async Task Never_enumerated_is_no_call_and_twice_is_two()
    {
        await using var observing = new Observing();
        var stream = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token);
        observing.Inner.Calls.ShouldBe(0);
        (await observing.CallsAsync()).ShouldBeEmpty();

        await DrainAsync(stream);
        await DrainAsync(stream);
        (await observing.CallsAsync()).Select(call => call.Id).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Left_early_is_abandoned()
    {
        await using var observing = new Observing();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            break;
        }

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Abandoned);
        call.ErrorType.ShouldBeNull();
        call.Tokens.Source.ShouldBe(LlmUsageSource.Estimated);
    }

    [Fact]
    public async Task Cancelled_by_the_caller_is_cancelled_also_when_the_consumer_notices_first()
    {
        await using var observing = new Observing();
        using var source = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, source.Token))
            {
                await source.CancelAsync();
            }
        });

        using var second = new CancellationTokenSource();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).WithCancellation(second.Token))
        {
            await second.CancelAsync();
            break;
        }

        (await observing.CallsAsync()).Select(call => call.Outcome).ShouldBe([LlmOutcome.Cancelled, LlmOutcome.Cancelled]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failing_stream_throws_its_own_exception_and_is_failed(bool beforeTheFirstUpdate)
    {
        await using var observing = new Observing();
        var failure = new InvalidOperationException("secret");
        async IAsyncEnumerable<ChatResponseUpdate> Fail()
        {
            await Task.Yield();
            if (!beforeTheFirstUpdate)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, "x") { ModelId = "gpt-4o-mini" };
            }

            throw failure;
        }

        observing.Inner.Stream = (_, _, _) => Fail();
        (await Should.ThrowAsync<InvalidOperationException>(() => DrainAsync(observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token)))).ShouldBeSameAs(failure);

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe("System.InvalidOperationException");
        call.ResponseModel.ShouldBe(beforeTheFirstUpdate ? null : "gpt-4o-mini");
    }

    [Fact]
    public async Task An_inner_client_that_throws_before_it_streams_is_a_failed_call()
    {
        await using var observing = new Observing();
        observing.Inner.Stream = (_, _, _) => throw new NotSupportedException();
        await Should.ThrowAsync<NotSupportedException>(() => DrainAsync(observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token)));
        (await observing.OnlyCallAsync()).Outcome.ShouldBe(LlmOutcome.Failed);
    }

    [Fact]
    public async Task The_providers_time_and_the_consumers_are_told_apart()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromMilliseconds(30));
            yield return new ChatResponseUpdate(ChatRole.Assistant, "");
            time.Advance(TimeSpan.FromMilliseconds(20));
            yield return new ChatResponseUpdate(ChatRole.Assistant, "a");
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var call = await observing.OnlyCallAsync();
        call.ProviderTime.ShouldBe(TimeSpan.FromMilliseconds(60));
        call.Duration.ShouldBe(TimeSpan.FromMilliseconds(2060));
        call.TimeToFirstToken.ShouldBe(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_stream_nobody_disposes_is_abandoned_after_the_timeout_and_counted_once()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(o => o.AbandonedStreamTimeout = TimeSpan.FromMinutes(1), time);
        var enumerator = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
        (await enumerator.MoveNextAsync()).ShouldBeTrue();

        time.Advance(TimeSpan.FromSeconds(59));
        observing.Observer.GetStatistics().StreamsNeverDisposed.ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(30));
        observing.Observer.GetStatistics().StreamsNeverDisposed.ShouldBe(1);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);

        // The consumer comes back all the same: it gets its updates, and no second record.
        (await enumerator.MoveNextAsync()).ShouldBeTrue();
        await enumerator.DisposeAsync();
        (await observing.OnlyCallAsync()).Outcome.ShouldBe(LlmOutcome.Abandoned);
    }

    [Fact]
    public async Task Ambient_state_of_a_step_is_there_in_the_next_one_and_does_not_leak_to_the_consumer()
    {
        await using var observing = new Observing();
        var ambient = new AsyncLocal<string?>();
        var seen = new List<(string?, LlmScope?)>();
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            for (var i = 0; i < 3; i++)
            {
                seen.Add((ambient.Value, LlmScope.Current));
                await Task.Yield();
                yield return new ChatResponseUpdate(ChatRole.Assistant, "x");
            }
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        LlmScope scope;
        IAsyncEnumerable<ChatResponseUpdate> stream;
        using (scope = LlmScope.Begin(("route", "/chat")))
        {
            stream = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token);
        }

        ambient.Value = "consumer";
        await foreach (var _ in stream)
        {
            LlmScope.Current.ShouldBeNull();
            ambient.Value = "changed between steps";
        }

        seen.ShouldBe([("consumer", scope), ("consumer", scope), ("consumer", scope)]);
        (await observing.OnlyCallAsync()).Tags.Route.ShouldBe("/chat");
    }

    [Fact]
    public async Task The_inner_enumerator_is_disposed_and_its_finally_runs()
    {
        await using var observing = new Observing();
        var disposed = false;
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            try
            {
                await Task.Yield();
                yield return new ChatResponseUpdate(ChatRole.Assistant, "x");
                yield return new ChatResponseUpdate(ChatRole.Assistant, "y");
            }
            finally
            {
                disposed = true;
            }
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            break;
        }

        disposed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nested_streams_left_early_are_one_record_that_counts_its_tokens_once(bool cancelled)
    {
        await using var observing = new Observing();
        using var source = new CancellationTokenSource();
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 1 })]) { ModelId = "gpt-4o-mini" };
            yield return new ChatResponseUpdate(ChatRole.Assistant, "x");
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        using var middle = new PassingChatClient(observing.Client);
        using var outer = middle.WithLlmObservability(observing.Observer);
        await foreach (var _ in outer.GetStreamingResponseAsync(Observing.Hello, null, source.Token))
        {
            if (cancelled)
            {
                await source.CancelAsync();
            }

            break;
        }

        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(cancelled ? LlmOutcome.Cancelled : LlmOutcome.Abandoned);
        (call.Tokens.Input, call.AttemptCount).ShouldBe((10, 1));
    }

    [Fact]
    public async Task Streams_open_at_shutdown_are_recorded_as_abandoned()
    {
        var observing = new Observing();
        var enumerator = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
        await enumerator.MoveNextAsync();
        await observing.DisposeAsync();
        observing.Sink.Calls.ShouldHaveSingleItem().Outcome.ShouldBe(LlmOutcome.Abandoned);
        await enumerator.DisposeAsync();
        observing.Observer.GetStatistics().Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_stream_that_ends_while_the_others_are_ended_at_shutdown_takes_none_of_them_along()
    {
        await using var observing = new Observing();
        var open = new List<IAsyncEnumerator<ChatResponseUpdate>>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, observing.Observer.Telemetry.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            // A consumer told of the shutdown disposes its stream just then.
            ActivityStopped = _ => Interlocked.Exchange(ref open, [])?.ElementAtOrDefault(3)?.DisposeAsync().AsTask().Wait(Token),
        };
        ActivitySource.AddActivityListener(listener);
        for (var i = 0; i < 5; i++)
        {
            var updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
            await updates.MoveNextAsync();
            open.Add(updates);
        }

        await observing.Observer.DisposeAsync();
        observing.Sink.Calls.Count.ShouldBe(5);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
    }

    [Fact]
    public async Task A_clock_that_throws_does_not_throw_out_of_the_sweeps_timer()
    {
        var time = new FailingClock();
        await using var observing = new Observing(time: time);
        await using var updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
        await updates.MoveNextAsync();
        time.Fails = true;
        Should.NotThrow(time.Fire);
        time.Fails = false;
    }

    [Fact]
    public async Task Where_the_flow_is_suppressed_a_stream_that_cannot_be_opened_leaves_nothing_ambient()
    {
        await using var observing = new Observing();
        observing.Inner.Stream = (_, _, _) => throw new NotSupportedException();
        IAsyncEnumerator<ChatResponseUpdate> updates;
        using (LlmScope.Begin(("route", "/chat")))
        {
            updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
        }

        using (ExecutionContext.SuppressFlow())
        {
            Should.Throw<NotSupportedException>(() => updates.MoveNextAsync().AsTask().Wait(Token));
            LlmScope.Current.ShouldBeNull();
        }
    }

    private sealed class PassingChatClient(IChatClient inner) : DelegatingChatClient(inner);

    [Fact]
    public async Task Usage_of_several_updates_adds_up_and_tool_calls_are_counted()
    {
        await using var observing = new Observing();
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 0 })]) { ModelId = "gpt-4o-mini" };
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("1", "f"), new FunctionCallContent("2", "g")]);
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 0, OutputTokenCount = 5 })]);
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        await DrainAsync(observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token));
        var call = await observing.OnlyCallAsync();
        (call.Tokens.Input, call.Tokens.Output, call.ToolCallCount).ShouldBe((7, 5, 2));
    }

    [Fact]
    public async Task Ten_thousand_parallel_streams_are_ten_thousand_records()
    {
        await using var observing = new Observing();
        await Parallel.ForAsync(0, 10_000, Token, async (_, token) =>
            await DrainAsync(observing.Client.GetStreamingResponseAsync(Observing.Hello, null, token)));
        (await observing.CallsAsync()).Select(call => call.Id).Distinct().Count().ShouldBe(10_000);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
    }

    private static async Task DrainAsync(IAsyncEnumerable<ChatResponseUpdate> stream)
    {
        await foreach (var _ in stream)
        {
        }
    }

    private sealed class FailingClock : TimeProvider
    {
        private Action? _timers;

        public bool Fails { get; set; }

        public void Fire() => _timers?.Invoke();

        public override long GetTimestamp() => Fails ? throw new InvalidOperationException() : base.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers += () => callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
