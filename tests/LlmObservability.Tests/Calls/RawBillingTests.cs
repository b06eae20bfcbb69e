using System.Text.Json;
using LlmObservability.Calls;

namespace LlmObservability.Tests.Calls;

/// <summary>What is read from objects of known shapes; the SDKs themselves are asked in their own tests.</summary>
public class RawBillingTests
{
    private const string Usage =
        """{"cache_creation":{"ephemeral_1h_input_tokens":7,"ephemeral_5m_input_tokens":1},"inference_geo":"us","speed":"fast","service_tier":"batch"}""";

    private static readonly LlmBilling All = new() { CacheWrite1hTokens = 7, Geo = "us", Speed = "fast", ServiceTier = "batch" };

    private readonly RawBilling _billing = new();

    [Fact]
    public void A_whole_message_a_streams_first_event_and_a_usage_of_its_own_tell_the_same()
    {
        _billing.Read(new Model($$"""{"usage":{{Usage}}}""")).ShouldBe(All);
        _billing.Read(new Event("{\"message\":{\"usage\":" + Usage + "}}")).ShouldBe(All);
        _billing.Read(new Event($$"""{"usage":{{Usage}}}""")).ShouldBe(All);
        _billing.Read(new Completion("flex")).ShouldBe(new LlmBilling { ServiceTier = "flex" });
        _billing.Read(new Answer(new Counts(new Details(5)))).ShouldBe(new LlmBilling { CacheWriteTokens = 5 });
        _billing.Read(new Answer(new Counts(new Details(0)))).ShouldBeNull();
        _billing.Read(new Answer(null)).ShouldBeNull();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":[1]}""")]
    [InlineData("""{"message":"usage"}""")]
    [InlineData("""{"type":"ping"}""")]
    public void What_tells_nothing_of_a_bill_gives_nothing(string json)
    {
        _billing.Read(new Model(json)).ShouldBeNull();
        _billing.Read(new Event(json)).ShouldBeNull();
        _billing.Read(new Completion(null)).ShouldBeNull();
        _billing.Read(json).ShouldBeNull();
        _billing.Read(new object()).ShouldBeNull();
    }

    [Fact]
    public void Values_of_other_kinds_are_left_out()
    {
        _billing.Read(new Model("""{"usage":{"cache_creation":{"ephemeral_1h_input_tokens":"7"},"inference_geo":1,"speed":null,"service_tier":{}}}"""))
            .ShouldBe(new LlmBilling());
        _billing.Read(new Model("""{"usage":{"cache_creation":3}}""")).ShouldBe(new LlmBilling());
    }

    private sealed class Model(string json)
    {
        public IReadOnlyDictionary<string, JsonElement> RawData { get; } = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
    }

    private sealed class Event(string json)
    {
        public JsonElement Json { get; } = JsonSerializer.Deserialize<JsonElement>(json);
    }

    private sealed record Answer(Counts? Usage)
    {
        public string? ServiceTier { get; }
    }

    private sealed record Counts(Details InputTokenDetails);

    private sealed record Details(int CacheWriteTokenCount);

    private sealed class Completion(string? tier)
    {
        public object? ServiceTier { get; } = tier;
    }
}
