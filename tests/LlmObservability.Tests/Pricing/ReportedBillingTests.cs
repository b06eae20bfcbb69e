using System.Text.Json;
using LlmObservability.Pricing;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pricing;

/// <summary>What providers tell of a bill beside tokens: tier, place, speed, the split of cache writes, searches, the cost itself.</summary>
public class ReportedBillingTests
{
    // in 5, out 25, cache write 6.25, for 1 hour 10, search 10 per thousand; us × 1.1, fast × 2.
    private const string Model = "claude-opus-4-8";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("inference_geo", "us", "us", null, 1.1)]
    [InlineData("usage.inference_geo", "US", "us", null, 1.1)]
    [InlineData("inference_geo", "global", null, null, 1)]
    [InlineData("inference_geo", "not_available", null, null, 1)]
    [InlineData("inference_geo", "mars", "mars", null, 1)]
    [InlineData("speed", "fast", null, "fast", 2)]
    [InlineData("usage.speed", "standard", null, null, 1)]
    public async Task Geo_and_speed_of_an_answer_are_recorded_and_multiply_the_price(string key, string value, string? geo, string? speed, double factor)
    {
        using var json = JsonDocument.Parse($"\"{value}\"");
        var calls = await BothWaysAsync(properties: new() { [key] = json.RootElement.Clone() });
        foreach (var call in calls)
        {
            (call.Geo, call.Speed).ShouldBe((geo, speed));
            call.Cost!.Value.TotalNanos.ShouldBe((long)(1_000 * (6_250 + 5_000 + 2_500) * factor));
            new CallPricer(PriceCatalog.LoadDefault()).Explain(call).AgreesWithRecord.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task What_the_application_reads_from_the_providers_own_object_is_billed()
    {
        var calls = await BothWaysAsync(new LlmBilling { CacheWrite1hTokens = 400, WebSearchCount = 3, Geo = "us", ServiceTier = "Standard" });
        foreach (var call in calls)
        {
            (call.Tokens.CacheWrite5m, call.Tokens.CacheWrite1h, call.Tokens.Input).ShouldBe((600, 400, 2_000));
            (call.WebSearchCount, call.ServiceTier).ShouldBe((3, null));
            call.Cost!.Value.InputNanos.ShouldBe((1_000 * 5_500) + (600 * 6_875) + (400 * 11_000));
            call.Cost!.Value.FeesNanos.ShouldBe(30_000_000);
            new CallPricer(PriceCatalog.LoadDefault()).Explain(call).AgreesWithRecord.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Tokens_written_to_the_cache_that_the_adapter_does_not_tell_are_billed_as_written()
    {
        foreach (var call in await BothWaysAsync(new LlmBilling { CacheWriteTokens = 1_500, CacheWrite1hTokens = 400 }))
        {
            (call.Tokens.UncachedInput, call.Tokens.CacheWrite5m, call.Tokens.CacheWrite1h, call.Tokens.Input).ShouldBe((500, 1_100, 400, 2_000));
            call.Cost!.Value.InputNanos.ShouldBe((500 * 5_000) + (1_100 * 6_250) + (400 * 10_000));
        }
    }

    [Theory]
    [InlineData(2_001)]
    [InlineData(-1)]
    public async Task More_written_to_the_cache_than_there_was_input_is_invalid(long count)
    {
        foreach (var call in await BothWaysAsync(new LlmBilling { CacheWriteTokens = count }))
        {
            (call.Cost, call.CostReason).ShouldBe((null, LlmCostReason.InvalidUsage));
        }
    }

    [Theory]
    [InlineData("priority", "default", null)]
    [InlineData("auto", "priority", "priority")]
    [InlineData("flex", null, "flex")]
    public async Task What_a_stream_says_last_of_its_terms_is_what_served_it(string first, string? last, string? served)
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions());
        var inner = new ScriptedChatClient { Metadata = new ChatClientMetadata("openai"), Stream = (_, _, _) => Updates() };
        await inner.WithLlmObservability(observer).GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);
        await observer.FlushAsync(Token);
        sink.Calls.ShouldHaveSingleItem().ServiceTier.ShouldBe(served);

        async IAsyncEnumerable<ChatResponseUpdate> Updates()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hi") { ModelId = "o3", AdditionalProperties = new() { ["service_tier"] = first } };
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hi") { AdditionalProperties = last is null ? null : new() { ["service_tier"] = last } };
        }
    }

    [Theory]
    [InlineData(1_001)]
    [InlineData(-1)]
    public async Task More_written_for_an_hour_than_was_written_at_all_is_invalid(long count)
    {
        foreach (var call in await BothWaysAsync(new LlmBilling { CacheWrite1hTokens = count }))
        {
            call.Cost.ShouldBeNull();
            call.CostReason.ShouldBe(LlmCostReason.InvalidUsage);
        }
    }

    [Fact]
    public async Task A_cost_that_the_application_reads_wins_and_one_that_cannot_be_is_left_out()
    {
        foreach (var call in await BothWaysAsync(new LlmBilling { CostUsd = 0.0000000025m }))
        {
            (call.CostReason, call.Cost!.Value.TotalNanos).ShouldBe((LlmCostReason.ReportedByProvider, 2));
        }

        foreach (var call in await BothWaysAsync(new LlmBilling { CostUsd = -1, WebSearchCount = -1 }))
        {
            (call.CostReason, call.WebSearchCount).ShouldBe((LlmCostReason.Priced, 0));
        }
    }

    [Fact]
    public async Task A_reader_that_throws_is_counted_and_the_call_recorded_without_it()
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions { ReadBilling = _ => throw new InvalidOperationException("no") });
        await CallBothWaysAsync(Client().WithLlmObservability(observer));
        await observer.FlushAsync(Token);
        sink.Calls.Count.ShouldBe(2);
        sink.Calls.ShouldAllBe(call => call.Tokens.Input == 2_000 && call.Cost != null);
        observer.GetStatistics().RecorderErrors.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Theory]
    [InlineData("https://us.api.openai.com/v1", "us", 1.1)]
    [InlineData("https://eu.api.openai.com/v1", "eu", 1.1)]
    [InlineData("https://api.openai.com/v1", null, 1)]
    [InlineData("https://api.openai.com.example.org/v1", null, 1)]
    public async Task A_regional_host_is_a_place(string address, string? geo, double factor)
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink]);
        var inner = new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("openai", new Uri(address)),
            Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response(model: "gpt-5.4-mini")),
        };
        await inner.WithLlmObservability(observer).GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await observer.FlushAsync(Token);
        var call = sink.Calls.ShouldHaveSingleItem();
        call.Geo.ShouldBe(geo);
        call.Cost!.Value.TotalNanos.ShouldBe((long)(((1_000 * 750) + (100 * 4_500)) * factor));
    }

    [Fact]
    public async Task Searches_that_a_model_has_no_price_for_are_told_of_once_an_entry()
    {
        using var log = new RecordedLog();
        await using var observer = LlmObserver.Create([new RecordingSink()], new LlmObservabilityOptions { ReadBilling = _ => new LlmBilling { WebSearchCount = 1 } }, loggerFactory: log);
        var inner = new ScriptedChatClient { Metadata = new ChatClientMetadata("openai") };
        inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response(model: "text-embedding-3-small");
            response.Usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 0 };
            response.RawRepresentation = response;
            return Task.FromResult(response);
        };
        var client = inner.WithLlmObservability(observer);
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        log.Events.ShouldBe(["SearchWithoutPrice"]);
        log.Entries[0].Message.ShouldContain("openai/text-embedding-3-small");
    }

    private static async Task<IReadOnlyList<LlmCall>> BothWaysAsync(LlmBilling? billing = null, AdditionalPropertiesDictionary? properties = null)
    {
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink], new LlmObservabilityOptions { ReadBilling = raw => raw is "usage" ? billing : null });
        await CallBothWaysAsync(Client(properties).WithLlmObservability(observer));
        await observer.FlushAsync(Token);
        sink.Calls.Count.ShouldBe(2);
        return sink.Calls;
    }

    private static async Task CallBothWaysAsync(IChatClient client)
    {
        await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
        await client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);
    }

    private static ScriptedChatClient Client(AdditionalPropertiesDictionary? properties = null)
    {
        var usage = new UsageDetails
        {
            InputTokenCount = 2_000,
            OutputTokenCount = 100,
            AdditionalCounts = new() { ["CacheCreationInputTokens"] = 1_000 },
        };
        return new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("anthropic"),
            Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Hi"))
            {
                ModelId = Model,
                Usage = usage,
                RawRepresentation = "usage",
                AdditionalProperties = properties,
            }),
            Stream = (_, _, _) => Updates(),
        };

        async IAsyncEnumerable<ChatResponseUpdate> Updates()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hi") { ModelId = Model, RawRepresentation = "start" };
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(usage)]) { RawRepresentation = "usage", AdditionalProperties = properties };
        }
    }
}
