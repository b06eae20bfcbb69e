using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Compositions;

/// <summary>Clients as people put them together, over real connections.</summary>
public class CompositionTests
{
    private static readonly IClientDriver Anthropic = Drivers.Named("anthropic");
    private static readonly IClientDriver OpenAi = Drivers.Named("openai");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failover_between_two_providers_is_one_call_with_two_attempts(bool streamed)
    {
        await using var down = new WireServer(Anthropic.Error(529));
        await using var up = new WireServer(OpenAi.Reply(new Answer(), streamed));
        await using var watch = new Watch(down);
        using var client = watch.Wrap(new FailoverClient(watch.Wrap(Anthropic.Connect(down.Uri)), watch.Wrap(OpenAi.Connect(up.Uri))));
        (await client.AskAsync(streamed, cancellationToken: Token)).ShouldBe(new Answer().Text);

        var call = await watch.OnlyCallAsync();
        var (refused, served) = await watch.TwoAttemptsAsync();
        (refused.Ordinal, refused.Provider, refused.Outcome, refused.HttpStatus, refused.ErrorType).ShouldBe(
            (1, "anthropic", LlmOutcome.Failed, 529, Anthropic.ErrorType(529)));
        (refused.Cost, refused.CostReason, refused.Tokens.Source).ShouldBe((null, LlmCostReason.MissingUsage, LlmUsageSource.Missing));
        (served.Ordinal, served.Provider, served.Outcome, served.ResponseModel).ShouldBe((2, "openai", LlmOutcome.Completed, OpenAi.ResponseModel));
        served.StartedAt.ShouldBeGreaterThanOrEqualTo(refused.StartedAt + refused.Duration);
        (served.TimeToFirstToken is not null).ShouldBe(streamed);

        (call.Outcome, call.AttemptCount, call.ResponseModel, call.Tokens).ShouldBe((LlmOutcome.Completed, 2, OpenAi.ResponseModel, served.Tokens));
        call.Cost!.Value.TotalNanos.ShouldBe((1_000 * 150) + (50 * 600));
        call.PriceEntry.ShouldBe(OpenAi.PriceEntry);
        call.Duration.ShouldBeGreaterThanOrEqualTo(refused.Duration + served.Duration);
    }

    [Fact]
    public async Task Both_attempts_are_paid_where_both_were_billed()
    {
        await using var one = new WireServer(Anthropic.Reply(new Answer(), streamed: false));
        await using var two = new WireServer(OpenAi.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(one);
        using var client = watch.Wrap(new FailoverClient(new Spoiling(watch.Wrap(Anthropic.Connect(one.Uri))), watch.Wrap(OpenAi.Connect(two.Uri))));
        await client.AskAsync(streamed: false, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        (call.Tokens.Input, call.Tokens.Output).ShouldBe((2_000, 100));
        call.Cost!.Value.TotalNanos.ShouldBe((1_000 * 1_000) + (50 * 5_000) + (1_000 * 150) + (50 * 600));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_from_a_cache_that_keeps_text_is_free_only_where_that_is_sure(bool only)
    {
        await using var server = new WireServer(Anthropic.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(server);
        using var client = new SerialisingCache(watch.Wrap(Anthropic.Connect(server.Uri)))
            .WithLlmObservability(watch.Observer, new LlmClientOptions { OnlyWrappedInside = only });
        await client.AskAsync(streamed: false, cancellationToken: Token);
        await client.AskAsync(streamed: false, cancellationToken: Token);

        var calls = await watch.CallsAsync();
        calls.Select(call => (call.Cached, call.Cost?.TotalNanos, call.CostReason)).ShouldBe(
        [
            (false, 1_250_000L, LlmCostReason.Priced),
            only ? (true, 0L, LlmCostReason.Cached) : (false, null, LlmCostReason.MaybeCached),
        ]);
        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("outside", 1)]
    [InlineData("inside", 2)]
    [InlineData("twice", 1)]
    public async Task Around_function_invocation_inside_it_or_both_each_request_is_paid_once(string where, int records)
    {
        var asking = new Answer { Text = "", ToolCalls = 1, Finish = "tool_calls" };
        await using var server = new WireServer(Anthropic.Reply(asking, streamed: false), Anthropic.Reply(new Answer(), streamed: false));
        await using var watch = new Watch(server);
        var inner = Anthropic.Connect(server.Uri);
        using var loop = new ToolLoop(where == "outside" ? inner : watch.Wrap(inner));
        var client = where == "inside" ? loop : watch.Wrap(loop);
        var ran = 0;
        var weather = AIFunctionFactory.Create((string city) => $"sun in {city} {++ran}", Answer.ToolName);
        await client.GetResponseAsync("a secret prompt", new ChatOptions { Tools = [weather] }, Token);

        ran.ShouldBe(1);
        server.Requests.Count.ShouldBe(2);
        var calls = await watch.CallsAsync();
        calls.Count.ShouldBe(records);
        var nanos = calls.Sum(call => call.Cost!.Value.TotalNanos);
        // Outside alone, the last answer is all that the wrapper sees; what lies between is the loop's to add up.
        nanos.ShouldBe(where == "outside" ? 1_250_000 : 2 * 1_250_000);
        calls[0].AttemptCount.ShouldBe(where == "twice" ? 2 : 1);
    }

    /// <summary>Throws its answer away: a check of it failed.</summary>
    private sealed class Spoiling(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            await base.GetResponseAsync(messages, options, cancellationToken);
            throw new InvalidOperationException("The answer will not do.");
        }
    }
}

/// <summary>Reads what a watch keeps.</summary>
internal static class WatchExtensions
{
    public static async Task<(LlmAttempt First, LlmAttempt Second)> TwoAttemptsAsync(this Watch watch)
    {
        await watch.Observer.FlushAsync(TestContext.Current.CancellationToken);
        var attempts = watch.Sink.Batches.SelectMany(batch => batch.Envelopes).OfType<LlmCallEnvelope>().ShouldHaveSingleItem().Attempts;
        attempts.Count.ShouldBe(2);
        return (attempts[0], attempts[1]);
    }
}
