using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests;

/// <summary>Values at the ends of their ranges come back as they were.</summary>
public sealed class PostgresEncodingTests(PostgresServer server) : PostgresDatabase(server)
{
    [Theory]
    [InlineData('x', 1)]
    [InlineData('é', 256)]
    [InlineData('模', 256)]
    [InlineData('"', 4096)]
    [InlineData('\\', 4096)]
    public async Task Text_of_any_length_comes_back(char character, int length)
    {
        var store = await PreparedAsync();
        var text = new string(character, length) + "\U0001F600";
        var call = ScriptedCalls.Create(1)[0].Call with
        {
            RequestModel = text,
            ResponseModel = string.Empty,
            FinishReason = text,
            Tags = new LlmTags(Enumerable.Range(0, 32).Select(i => KeyValuePair.Create($"{i:D2}{character}", text))) { Route = text, Feature = "" },
        };
        LlmEnvelope[] envelopes = [new LlmCallEnvelope(call), .. ScriptedCalls.Create(100, seed: 3)];

        (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token)).Written.ShouldBe(101);

        (await store.GetAsync(call.Id, Token))!.Call.ShouldBe(call);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", double.NegativeInfinity)]
    [InlineData("1969-12-31T23:59:59.999999Z", -0.1)]
    [InlineData("1999-12-31T23:59:59.999999Z", double.Epsilon)]
    [InlineData("2000-01-01T00:00:00Z", 0.0)]
    [InlineData("9999-12-31T23:59:59.999999Z", double.MaxValue)]
    public async Task Times_and_numbers_at_their_ends_come_back(string time, double score)
    {
        var store = await PreparedAsync();
        var call = ScriptedCalls.Create(1)[0].Call with
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = long.MaxValue, VisibleOutput = 1 },
            Cost = new LlmCost { InputNanos = long.MinValue },
            CatalogDate = DateOnly.FromDateTime(DateTimeOffset.Parse(time).UtcDateTime),
            Duration = TimeSpan.FromDays(10_000),
        };
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.StartedAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = DateTimeOffset.Parse(time),
            Kind = "feedback",
            Score = score,
        };

        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call), new LlmAmendmentEnvelope(amendment)]), Token);

        var read = (await store.GetAsync(call.Id, Token))!;
        read.Call.ShouldBe(call);
        read.Amendments.ShouldBe([amendment]);
    }
}
