using System.Diagnostics;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Modalities;

/// <summary>Streams of the speech clients.</summary>
public sealed class ModalityStreamTests
{
    public static TheoryData<string> Kinds => ["speech to text", "text to speech"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_stream_passes_unbuffered_and_ends_as_one_completed_call(string kind)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var modality = Modality.Of(kind, observing.Observer);
        var produced = 0;
        modality.Inner.Before = async _ =>
        {
            await Task.Yield();
            produced++;
        };
        var seen = 0;
        object? last = null;
        await foreach (var update in modality.Stream(Token, tagged: true))
        {
            produced.ShouldBe(++seen);
            modality.CallOf(update).ShouldBeNull();
            last = update;
        }

        var call = await observing.OnlyCallAsync();
        seen.ShouldBe(4);
        (call.Operation, call.OutputType, call.Outcome, call.Streaming).ShouldBe(("generate_content", modality.OutputType, LlmOutcome.Completed, true));
        (call.ResponseModel, call.ResponseId, call.Tokens.Input, call.Tokens.Output, call.Tags.Tenant).ShouldBe((modality.Model, "r-1", 100, 500, "acme"));
        call.Cost!.Value.TotalNanos.ShouldBe(kind == "speech to text" ? 5_600_000 : 6_060_000);
        call.TimeToFirstToken.ShouldNotBeNull();
        modality.CallOf(last!).ShouldBe(call);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
        modality.Inner.StreamsDisposed.ShouldBe(1);
        var span = listening.OnlySpan();
        span.GetTagItem("gen_ai.request.stream").ShouldBe(true);
        span.GetTagItem("gen_ai.response.time_to_first_chunk").ShouldBe(call.TimeToFirstToken!.Value.TotalSeconds);
        listening.Recorded("gen_ai.client.operation.time_to_first_chunk").Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_attempts_span_is_current_in_each_step_of_its_stream_and_what_is_measured_is_inside_the_calls(string kind)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var around = new Activity("around").Start();
        using var modality = Modality.Of(kind, observing.Observer, twice: true);
        var inside = new List<Activity?>();
        modality.Inner.Before = async _ =>
        {
            inside.Add(Activity.Current);
            await Task.Yield();
        };
        await foreach (var _ in modality.Stream(Token))
        {
            Activity.Current.ShouldBeSameAs(around);
        }

        Activity.Current.ShouldBeSameAs(around);
        var (attempt, call) = (listening.Spans.First(), listening.Spans.Last());
        listening.Spans.Select(span => span.DisplayName).ShouldBe([$"attempt {modality.Model}", $"generate_content {modality.Model}"]);
        (attempt.Parent, call.Parent).ShouldBe((call, around));
        inside.Count.ShouldBe(4);
        inside.ShouldAllBe(current => ReferenceEquals(current, attempt));
        listening.Recorded("gen_ai.client.operation.duration").ShouldHaveSingleItem().Current.ShouldBeSameAs(call);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_providers_time_and_the_consumers_are_told_apart(string kind)
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var modality = Modality.Of(kind, observing.Observer);
        modality.Inner.Before = _ =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return Task.CompletedTask;
        };
        await foreach (var _ in modality.Stream(Token))
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var call = await observing.OnlyCallAsync();
        call.ProviderTime.ShouldBe(TimeSpan.FromMilliseconds(40));
        call.Duration.ShouldBe(TimeSpan.FromMilliseconds(4_040));
        // The first update is empty, the second has content.
        call.TimeToFirstToken.ShouldBe(TimeSpan.FromMilliseconds(20));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_the_inner_streams_disposal_takes_is_not_the_calls_time_and_what_it_throws_reaches_the_consumer(string kind)
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var modality = Modality.Of(kind, observing.Observer);
        var failure = new InvalidOperationException("disposal");
        modality.Inner.AtDisposal = () =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            throw failure;
        };
        var updates = modality.Stream(Token).GetAsyncEnumerator(Token);
        (await updates.MoveNextAsync()).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(1));
        (await Should.ThrowAsync<InvalidOperationException>(async () => await updates.DisposeAsync())).ShouldBeSameAs(failure);

        var call = await observing.OnlyCallAsync();
        (call.Outcome, call.Duration).ShouldBe((LlmOutcome.Abandoned, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Left_early_is_abandoned_and_cancelled_is_cancelled(string kind)
    {
        await using var observing = new Observing();
        using var modality = Modality.Of(kind, observing.Observer);
        await foreach (var _ in modality.Stream(Token))
        {
            break;
        }

        using var source = new CancellationTokenSource();
        modality.Inner.Before = token =>
        {
            token.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        };
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in modality.Stream(source.Token))
            {
                await source.CancelAsync();
            }
        });
        using var second = new CancellationTokenSource();
        await foreach (var _ in modality.Stream(Token).WithCancellation(second.Token))
        {
            await second.CancelAsync();
            break;
        }

        (await observing.CallsAsync()).Select(call => (call.Outcome, call.CostReason)).ShouldBe(
        [
            (LlmOutcome.Abandoned, LlmCostReason.MissingUsage),
            (LlmOutcome.Cancelled, LlmCostReason.MissingUsage),
            (LlmOutcome.Cancelled, LlmCostReason.MissingUsage),
        ]);
        modality.Inner.StreamsDisposed.ShouldBe(3);
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
    }

    [Theory]
    [InlineData("speech to text", 1)]
    [InlineData("speech to text", 3)]
    [InlineData("text to speech", 1)]
    [InlineData("text to speech", 3)]
    public async Task A_failing_stream_throws_its_own_exception_and_is_failed(string kind, int at)
    {
        await using var observing = new Observing();
        using var modality = Modality.Of(kind, observing.Observer);
        var failure = new InvalidOperationException("a secret text");
        var step = 0;
        modality.Inner.Before = _ => ++step == at ? throw failure : Task.CompletedTask;
        (await Should.ThrowAsync<InvalidOperationException>(() => DrainAsync(modality.Stream(Token)))).ShouldBeSameAs(failure);

        var call = await observing.OnlyCallAsync();
        (call.Outcome, call.ErrorType, call.ResponseModel).ShouldBe(
            (LlmOutcome.Failed, "System.InvalidOperationException", at == 1 ? null : modality.Model));
        observing.Observer.GetStatistics().OpenStreams.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Never_enumerated_is_no_call_and_twice_is_two(string kind)
    {
        await using var observing = new Observing();
        using var modality = Modality.Of(kind, observing.Observer);
        var stream = modality.Stream(Token);
        modality.Inner.Calls.ShouldBe(0);
        (await observing.CallsAsync()).ShouldBeEmpty();
        await DrainAsync(stream);
        await DrainAsync(stream);
        (await observing.CallsAsync()).Select(call => call.Id).Distinct().Count().ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_stream_nobody_disposes_is_abandoned_after_the_timeout(string kind)
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(options => options.AbandonedStreamTimeout = TimeSpan.FromMinutes(1), time);
        using var modality = Modality.Of(kind, observing.Observer);
        var updates = modality.Stream(Token).GetAsyncEnumerator(Token);
        (await updates.MoveNextAsync()).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(90));
        observing.Observer.GetStatistics().StreamsNeverDisposed.ShouldBe(1);

        // The consumer comes back all the same: it gets its updates, and no second record.
        (await updates.MoveNextAsync()).ShouldBeTrue();
        await updates.DisposeAsync();
        (await observing.OnlyCallAsync()).Outcome.ShouldBe(LlmOutcome.Abandoned);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_call_and_its_span_are_ambient_in_every_step_and_never_leak_to_the_consumer(string kind)
    {
        await using var observing = new Observing();
        using var listening = new Listening(observing);
        using var modality = Modality.Of(kind, observing.Observer);
        var inside = new List<(Activity?, LlmScope?, bool)>();
        modality.Inner.Before = async _ =>
        {
            inside.Add((Activity.Current, LlmScope.Current, LlmCurrentCall.MarkCached()));
            await Task.Yield();
            inside.Add((Activity.Current, LlmScope.Current, LlmCurrentCall.MarkCached()));
        };
        IAsyncEnumerable<object> stream;
        LlmScope scope;
        using (scope = LlmScope.Begin(("route", "/talk")))
        {
            stream = modality.Stream(Token);
        }

        await foreach (var _ in stream)
        {
            (Activity.Current, LlmScope.Current, LlmCurrentCall.MarkCached()).ShouldBe((null, null, false));
        }

        Activity.Current.ShouldBeNull();
        inside.Count.ShouldBe(8);
        inside.ShouldAllBe(step => step.Item1 == listening.OnlySpan() && step.Item2 == scope && step.Item3);
        (await observing.OnlyCallAsync()).Tags.Route.ShouldBe("/talk");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nested_streams_are_one_record_with_an_attempt_also_when_left_early(string kind)
    {
        await using var observing = new Observing();
        using var modality = Modality.Of(kind, observing.Observer, twice: true);
        await DrainAsync(modality.Stream(Token));
        await foreach (var _ in modality.Stream(Token))
        {
            break;
        }

        var calls = await observing.CallsAsync();
        calls.Select(call => (call.Outcome, call.AttemptCount, call.Tokens.Output)).ShouldBe(
            [(LlmOutcome.Completed, 1, 500), (LlmOutcome.Abandoned, 1, 0)]);
        observing.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>()
            .Select(envelope => envelope.Attempts.ShouldHaveSingleItem().Outcome).ShouldBe([LlmOutcome.Completed, LlmOutcome.Abandoned]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_disabled_observer_hands_on_the_inner_stream_without_the_tags(string kind)
    {
        await using var observing = new Observing(options => options.Enabled = false);
        using var modality = Modality.Of(kind, observing.Observer);
        await DrainAsync(modality.Stream(Token, tagged: true));
        (modality.Inner.Calls, modality.Inner.StreamsDisposed).ShouldBe((1, 1));
        (await observing.CallsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_recorder_that_fails_harms_no_stream_and_is_counted(string kind)
    {
        await using var observing = new Observing(time: new BrokenClock());
        using var modality = Modality.Of(kind, observing.Observer);
        await DrainAsync(modality.Stream(Token));
        modality.Inner.StreamsDisposed.ShouldBe(1);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(1);
    }

    [Fact]
    public async Task Where_the_flow_is_suppressed_nothing_stays_ambient()
    {
        await using var observing = new Observing();
        using var modality = Modality.Of("speech to text", observing.Observer);
        var inside = false;
        modality.Inner.Before = _ =>
        {
            inside |= LlmCurrentCall.MarkCached();
            return Task.CompletedTask;
        };
        var updates = modality.Stream(Token).GetAsyncEnumerator(Token);
        using (ExecutionContext.SuppressFlow())
        {
            var step = updates.MoveNextAsync();
            step.IsCompletedSuccessfully.ShouldBeTrue();
            (inside, LlmCurrentCall.MarkCached()).ShouldBe((true, false));
        }

        await updates.DisposeAsync();
        (await observing.OnlyCallAsync()).Outcome.ShouldBe(LlmOutcome.Abandoned);
    }

    private static async Task DrainAsync(IAsyncEnumerable<object> stream)
    {
        await foreach (var _ in stream)
        {
        }
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("broken");
    }
}
