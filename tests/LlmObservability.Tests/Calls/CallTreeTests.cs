using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Calls;

/// <summary>However clients are composed: one record, its attempts are the providers' calls, its totals what they billed.</summary>
public class CallTreeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_random_tree_of_wrappers_is_one_record_with_an_attempt_for_each_call_of_a_provider()
    {
        var seen = new HashSet<(LlmOutcome, LlmCostReason, bool)>();
        for (var seed = 0; seed < 4_000; seed++)
        {
            var sink = new RecordingSink();
            await using var observer = LlmObserver.Create([sink]);
            var tree = new CallTree(new Random(seed), observer);
            await AskAsync(tree.Create(), streamed: seed % 3 > 0, leaves: seed % 3 == 2);
            await observer.FlushAsync(Token);

            var envelope = sink.Batches.SelectMany(batch => batch.Envelopes).ShouldHaveSingleItem($"seed {seed}").ShouldBeOfType<LlmCallEnvelope>();
            Check(envelope, tree, $"seed {seed}");
            seen.Add((envelope.Call.Outcome, envelope.Call.CostReason, envelope.Attempts.Count > 1));
            observer.GetStatistics().RecorderErrors.ShouldBe(0);
        }

        // The trees are worth something only if they come in every kind.
        seen.ShouldBeSubsetOf(
        [
            (LlmOutcome.Completed, LlmCostReason.Priced, false), (LlmOutcome.Completed, LlmCostReason.Priced, true),
            (LlmOutcome.Completed, LlmCostReason.Cached, false), (LlmOutcome.Completed, LlmCostReason.MaybeCached, false),
            (LlmOutcome.Completed, LlmCostReason.MaybeCached, true), (LlmOutcome.Failed, LlmCostReason.MissingUsage, false),
            (LlmOutcome.Failed, LlmCostReason.MissingUsage, true), (LlmOutcome.Failed, LlmCostReason.Priced, true),
            (LlmOutcome.Abandoned, LlmCostReason.Priced, false), (LlmOutcome.Abandoned, LlmCostReason.Priced, true),
            (LlmOutcome.Abandoned, LlmCostReason.MaybeCached, false), (LlmOutcome.Abandoned, LlmCostReason.MaybeCached, true),
        ]);
        seen.Count.ShouldBe(12);
    }

    [Fact]
    public async Task Each_attempt_of_a_random_tree_is_a_span_somewhere_in_the_calls()
    {
        var attempts = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            await using var observing = new Observing();
            using var listening = new Listening(observing);
            var tree = new CallTree(new Random(seed), observing.Observer);
            await AskAsync(tree.Create(), streamed: seed % 3 > 0, leaves: seed % 3 == 2);
            await observing.Observer.FlushAsync(Token);

            var envelope = observing.Sink.Batches.SelectMany(batch => batch.Envelopes).ShouldHaveSingleItem($"seed {seed}").ShouldBeOfType<LlmCallEnvelope>();
            var spans = listening.Spans.ToDictionary(span => span.SpanId.ToHexString());
            var call = spans.Values.Where(span => span.GetTagItem("gen_ai.operation.name") is not null).ShouldHaveSingleItem($"seed {seed}");
            call.SpanId.ToHexString().ShouldBe(envelope.Call.SpanId);
            spans.Values.Count(span => span.GetTagItem("llm_observability.attempt.ordinal") is not null).ShouldBe(envelope.Attempts.Count, $"seed {seed}");
            foreach (var attempt in envelope.Attempts)
            {
                var span = spans[attempt.SpanId.ShouldNotBeNull($"seed {seed}")];
                span.ParentSpanId.ToHexString().ShouldBe(attempt.ParentSpanId);
                // A span takes a tick at least.
                (span.Duration - attempt.Duration).Ticks.ShouldBeInRange(0, 1);
                span.GetTagItem("llm_observability.call.id").ShouldBe(envelope.Call.Id);
                spans.ContainsKey(attempt.ParentSpanId.ShouldNotBeNull()).ShouldBeTrue($"seed {seed}");
                attempts++;
            }

            observing.Observer.GetStatistics().RecorderErrors.ShouldBe(0);
        }

        attempts.ShouldBeGreaterThan(1_000);
    }

    private static void Check(LlmCallEnvelope envelope, CallTree tree, string seed)
    {
        var (call, attempts) = (envelope.Call, envelope.Attempts);
        attempts.Count.ShouldBe(tree.ProviderCalls, seed);
        attempts.Select(attempt => attempt.Ordinal).ShouldBe(Enumerable.Range(1, attempts.Count), seed);
        attempts.Select(attempt => attempt.StartedAt).ShouldBeInOrder(SortDirection.Ascending);
        attempts.Count(attempt => attempt.Outcome == LlmOutcome.Completed).ShouldBe(tree.Completed, seed);
        call.AttemptCount.ShouldBe(call.Cached ? 0 : Math.Max(1, tree.ProviderCalls), seed);
        call.Cached.ShouldBe(call.Outcome == LlmOutcome.Completed && tree.ProviderCalls == 0, seed);
        if (tree.Completed > 0)
        {
            (call.Tokens.Input, call.Tokens.Output).ShouldBe((tree.InputTokens, tree.OutputTokens), seed);
            call.Cost.ShouldNotBeNull(seed).TotalNanos.ShouldBe((tree.InputTokens * 150) + (tree.OutputTokens * 600), seed);
        }
        else
        {
            // Nobody billed anything: free where that is sure, else not known, never priced.
            (call.Cost?.TotalNanos).ShouldBe(call.Cached ? 0L : null, seed);
        }
    }

    private static async Task AskAsync(IChatClient client, bool streamed, bool leaves)
    {
        try
        {
            if (leaves)
            {
                await foreach (var _ in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
                {
                    return;
                }
            }

            _ = streamed
                ? await client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token)
                : await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        }
        catch (InvalidOperationException)
        {
            // The script says so; what is recorded is what counts.
        }
    }
}
