using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Pricing;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Pricing;

public class ReportedCostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, long?> Values => new()
    {
        { "0.000123456789", 123_457 },
        { "0.0000000005", 0 },
        { "0.0000000015", 2 },
        { "0", 0 },
        { "12", 12_000_000_000 },
        { "-1", null },
        { "2000000", null },
        { "\"0.5\"", 500_000_000 },
        { "\"much\"", null },
        { "true", null },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task What_the_provider_reports_wins_if_it_can_be_a_cost(string json, long? nanos)
    {
        await using var observing = new Observing();
        observing.Inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response();
            using var document = JsonDocument.Parse(json);
            response.AdditionalProperties = new() { ["usage.cost"] = document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString() : document.RootElement.Clone() };
            return Task.FromResult(response);
        };
        await observing.Client.GetResponseAsync(Observing.Hello, cancellationToken: Token);

        var call = await observing.OnlyCallAsync();
        call.CostReason.ShouldBe(nanos is null ? LlmCostReason.Priced : LlmCostReason.ReportedByProvider);
        (call.Cost!.Value.TotalNanos == nanos || nanos is null).ShouldBeTrue();
        (call.PriceEntry is null).ShouldBe(nanos is not null);
    }

    [Theory]
    [InlineData("flex", "flex", true)]
    [InlineData("Batch", "batch", false)]
    [InlineData("default", null, false)]
    [InlineData("Auto", null, false)]
    [InlineData("Scale", "scale", false)]
    public async Task The_service_tier_that_served_a_call_is_recorded_and_priced(string reported, string? recorded, bool cheaper)
    {
        await using var observing = new Observing();
        observing.Inner.Respond = (_, _, _) =>
        {
            var response = ScriptedChatClient.Response(model: "o3");
            response.AdditionalProperties = new() { ["service_tier"] = reported };
            return Task.FromResult(response);
        };
        observing.Inner.Stream = (_, _, _) => Updates();
        await observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ModelId = "o3" }, Token);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, new ChatOptions { ModelId = "o3" }, Token).ToChatResponseAsync(Token);

        var standard = new CallPricer(PriceCatalog.LoadDefault()).Price(new PriceQuery
        {
            Provider = "openai",
            RequestModel = "o3",
            At = DateTimeOffset.UtcNow,
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 100 },
        }).Cost!.Value;
        foreach (var call in await observing.CallsAsync())
        {
            call.ServiceTier.ShouldBe(recorded);
            (call.Cost!.Value.TotalNanos < standard.TotalNanos).ShouldBe(cheaper);
        }

        async IAsyncEnumerable<ChatResponseUpdate> Updates()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hi") { ModelId = "o3", AdditionalProperties = new() { ["service_tier"] = reported } };
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 100 })]);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(499, 0)]
    [InlineData(500, 0)]
    [InlineData(501, 1)]
    [InlineData(1_500, 2)]
    [InlineData(2_500, 2)]
    [InlineData(-1_500, -2)]
    [InlineData(-2_500, -2)]
    [InlineData(long.MaxValue, 9_223_372_036_854_776)]
    public void Micro_dollars_are_a_view_rounded_half_even(long nanos, long micros)
    {
        LlmCost.ToMicros(nanos).ShouldBe(micros);
        new LlmCost { InputNanos = nanos }.TotalMicros.ShouldBe(micros);
    }

    [Fact]
    public async Task A_streams_last_report_counts_also_for_a_model_that_nobody_knows()
    {
        using var log = new RecordedLog();
        var sink = new RecordingSink();
        await using var observer = LlmObserver.Create([sink], loggerFactory: log);
        var inner = new ScriptedChatClient { Stream = (_, _, _) => Updates() };
        await inner.WithLlmObservability(observer).GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token).ToChatResponseAsync(Token);
        await observer.FlushAsync(Token);

        var call = sink.Calls.ShouldHaveSingleItem();
        call.Cost.ShouldBe(new LlmCost { FeesNanos = 250_000 });
        call.CostReason.ShouldBe(LlmCostReason.ReportedByProvider);
        log.Entries.ShouldBeEmpty();

        static async IAsyncEnumerable<ChatResponseUpdate> Updates()
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hi") { ModelId = "nobody-knows", AdditionalProperties = new() { ["usage.cost"] = 0.1m } };
            yield return new ChatResponseUpdate { ModelId = "nobody-knows", AdditionalProperties = new() { ["usage.cost"] = 0.00025d } };
        }
    }

    [Fact]
    public void The_parts_of_a_reported_cost_add_up_and_keep_the_catalogs_shares()
    {
        var amounts = Gen.Choose(0, 1_000_000).Select(value => (long)value * 997);
        Prop.ForAll(Arb.From(Gen.Four(amounts)), Arb.From(amounts), (parts, reported) =>
        {
            var (input, cached, output, fees) = parts;
            var catalog = new LlmCost { InputNanos = input, CachedInputNanos = cached, OutputNanos = output, FeesNanos = fees };
            var cost = CostParts.Reported(reported, catalog).Cost!.Value;
            cost.TotalNanos.ShouldBe(reported);
            new[] { cost.InputNanos, cost.CachedInputNanos, cost.OutputNanos, cost.FeesNanos }.ShouldAllBe(part => part >= 0);
            if (catalog.TotalNanos > 0)
            {
                ((double)cost.InputNanos).ShouldBe(reported * ((double)input / catalog.TotalNanos), 4);
            }
        }).QuickCheckThrowOnFailure();
    }
}
