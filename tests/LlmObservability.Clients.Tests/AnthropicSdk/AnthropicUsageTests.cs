using Anthropic.Models.Messages;
using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.AnthropicSdk;

/// <summary>What the SDK's adapter hands on of a usage, and what stands in its raw representation alone.</summary>
public class AnthropicUsageTests
{
    private static readonly AnthropicDriver Driver = new();

    private static readonly Answer Rich = new()
    {
        Input = 5_000,
        CacheRead = 1_000,
        CacheWrite = 3_000,
        CacheWrite1h = 2_000,
        Output = 400,
        Reasoning = 320,
        WebSearches = 2,
        ServiceTier = "priority",
        InferenceGeo = "us",
        Speed = "fast",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_adapter_tells_counts_once_and_the_sum_of_what_was_written_to_the_cache(bool streamed)
    {
        await using var server = new WireServer(Driver.Reply(Rich, streamed));
        var client = Driver.Connect(server.Uri);
        var usage = streamed
            ? (await client.UpdatesAsync(Token))
                .SelectMany(update => update.Contents).OfType<UsageContent>().ShouldHaveSingleItem().Details
            : (await client.GetResponseAsync("a secret prompt", cancellationToken: Token)).Usage!;

        usage.InputTokenCount.ShouldBe(5_000);
        usage.CachedInputTokenCount.ShouldBe(1_000);
        usage.OutputTokenCount.ShouldBe(400);
        usage.ReasoningTokenCount.ShouldBe(320);
        usage.TotalTokenCount.ShouldBe(5_400);
        usage.AdditionalCounts!.ShouldBe(
            new Dictionary<string, long> { ["CacheCreationInputTokens"] = 3_000, ["WebSearchRequests"] = 2 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Lifetime_tier_region_and_speed_stand_in_the_raw_message_of_a_whole_answer()
    {
        await using var server = new WireServer(Driver.Reply(Rich, streamed: false));
        var response = await Driver.Connect(server.Uri).GetResponseAsync("a secret prompt", cancellationToken: Token);

        response.AdditionalProperties.ShouldBeNull();
        ShouldTell(response.RawRepresentation.ShouldBeOfType<Message>().Usage);
    }

    [Fact]
    public async Task Lifetime_tier_region_and_speed_stand_in_the_first_raw_event_of_a_stream()
    {
        await using var server = new WireServer(Driver.Reply(Rich, streamed: true));
        var updates = await Driver.Connect(server.Uri).UpdatesAsync(Token);

        updates.ShouldAllBe(update => update.AdditionalProperties == null);
        updates[^1].Contents.ShouldHaveSingleItem().ShouldBeOfType<UsageContent>().RawRepresentation.ShouldBeNull();
        updates[^1].RawRepresentation.ShouldBeNull();
        ShouldTell(updates[0].RawRepresentation.ShouldBeOfType<RawMessageStreamEvent>()
            .Value.ShouldBeOfType<RawMessageStartEvent>().Message.Usage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_lost_or_counted_twice_however_long_the_cache_keeps_it(bool streamed)
    {
        await using var server = new WireServer(Driver.Reply(Rich, streamed));
        await using var watch = new Watch(server);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        call.Tokens.Input.ShouldBe(5_000);
        call.Tokens.UncachedInput.ShouldBe(1_000);
        call.Tokens.CacheRead.ShouldBe(1_000);
        (call.Tokens.CacheWrite5m, call.Tokens.CacheWrite1h).ShouldBe((1_000, 2_000));
        (call.ServiceTier, call.Geo, call.Speed, call.WebSearchCount).ShouldBe(("priority", "us", "fast", 2));
        call.Tokens.VisibleOutput.ShouldBe(80);
        call.Tokens.Reasoning.ShouldBe(320);
        // What is kept for an hour costs 2,000 a token, what is kept for five minutes 1,250.
        call.Cost!.Value.InputNanos.ShouldBe((1_000 * 1_000) + (1_000 * 1_250) + (2_000 * 2_000));
        call.Cost!.Value.CachedInputNanos.ShouldBe(1_000 * 100);
        call.Cost!.Value.OutputNanos.ShouldBe(400 * 5_000);
        call.Cost!.Value.FeesNanos.ShouldBe(2 * 10_000_000);
        watch.ShouldAgreeOn(call);
    }

    private static void ShouldTell(Usage usage)
    {
        usage.CacheCreation!.Ephemeral1hInputTokens.ShouldBe(2_000);
        usage.CacheCreation.Ephemeral5mInputTokens.ShouldBe(1_000);
        usage.ServiceTier!.Raw().ShouldBe("priority");
        usage.InferenceGeo.ShouldBe("us");
        usage.Speed!.Raw().ShouldBe("fast");
        // Every model of the SDK has its JSON at hand.
        usage.RawData["cache_creation"].GetProperty("ephemeral_1h_input_tokens").GetInt64().ShouldBe(2_000);
    }
}
