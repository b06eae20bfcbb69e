using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>Streams with usage and without, and what stands in the raw answer alone.</summary>
public class OpenAiUsageTests
{
    private static readonly OpenAiDriver Driver = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_usage_the_counts_are_missing_and_not_zero(bool streamed)
    {
        await using var server = new WireServer(Driver.Reply(new Answer { TellsUsage = false }, streamed));
        await using var watch = new Watch(server);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.FinishReason.ShouldBe("stop");
        // Of a stream the text was seen as it passed: that much is a lower bound.
        call.Tokens.Source.ShouldBe(streamed ? LlmUsageSource.Estimated : LlmUsageSource.Missing);
        (call.Tokens.Input, call.Tokens.Output).ShouldBe(streamed ? (2, 1) : (0, 0));
        (call.Cost?.TotalNanos).ShouldBe(streamed ? (2 * 150) + 600 : null);
        call.CostReason.ShouldBe(streamed ? LlmCostReason.Priced : LlmCostReason.MissingUsage);
        watch.ShouldAgreeOn(call);
    }

    [Fact]
    public async Task The_client_asks_for_usage_in_streams_by_itself()
    {
        await using var server = new WireServer(Driver.Reply(new Answer(), streamed: true));
        await Driver.Connect(server.Uri).AskAsync(streamed: true, cancellationToken: Token);

        server.Requests.ShouldHaveSingleItem()["stream_options"].GetProperty("include_usage").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task The_tier_that_served_a_call_stands_in_the_raw_answer()
    {
        var answer = new Answer { ServiceTier = "priority" };
        await using var server = new WireServer(Driver.Reply(answer, streamed: false), Driver.Reply(answer, streamed: true));
        var client = Driver.Connect(server.Uri);
        var response = await client.GetResponseAsync("a secret prompt", cancellationToken: Token);
        var updates = await client.UpdatesAsync(Token);

        response.AdditionalProperties.ShouldBeNull();
        Tier(response.RawRepresentation).ShouldBe("priority");
        updates.ShouldAllBe(update => Tier(update.RawRepresentation) == "priority");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tier_that_served_a_call_is_what_it_costs(bool streamed)
    {
        await using var server = new WireServer(Driver.Reply(new Answer { ServiceTier = "priority" }, streamed));
        await using var watch = new Watch(server);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        call.ServiceTier.ShouldBe("priority");
        // 250 and 1,000 a token instead of 150 and 600.
        call.Cost!.Value.TotalNanos.ShouldBe((1_000 * 250) + (50 * 1_000));
        watch.ShouldAgreeOn(call);
    }

    // By its name, as a library that does not reference the package would read it.
    private static string? Tier(object? raw)
    {
        raw.ShouldNotBeNull();
        (raw is ChatCompletion or StreamingChatCompletionUpdate).ShouldBeTrue();
        return raw.GetType().GetProperty("ServiceTier")!.GetValue(raw)?.ToString();
    }
}
