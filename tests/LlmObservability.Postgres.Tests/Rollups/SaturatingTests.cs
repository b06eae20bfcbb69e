using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Rollups;

public sealed class SaturatingTests(PostgresServer server) : RollupDatabase(server)
{
    [Fact]
    public void A_sum_is_exact_or_the_nearest_that_there_is()
    {
        var values = Gen.OneOf(Gen.Elements(long.MinValue, long.MinValue + 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue), ArbMap.Default.GeneratorFor<long>()).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(values, values, (one, other) =>
            Saturating.Add(one, other) == (long)BigInteger.Max(long.MinValue, BigInteger.Min(long.MaxValue, (BigInteger)one + other))
            && (other == long.MinValue || Saturating.Add(one, other, -1) == Saturating.Add(one, -other))));
        Saturating.Add(1.5, -2.25).ShouldBe(-0.75);
    }

    [Fact]
    public async Task Calls_with_more_tokens_than_can_be_counted_hold_up_no_folding()
    {
        var store = await PreparedAsync();
        var script = new ScriptedCalls(3, DateTimeOffset.UtcNow.AddHours(-1), TimeSpan.FromMinutes(1));
        var call = script.NextCall() with
        {
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, VisibleOutput = long.MaxValue - 5 },
            AttemptCount = 1,
            ToolCallCount = 0,
        };
        await store.WriteAsync(
            new LlmBatch(Guid.NewGuid(), 1, [.. Enumerable.Range(0, 3).Select(_ => new LlmCallEnvelope(call with { Id = LlmCallId.Create(call.StartedAt) }))]), Token);
        await store.FoldRollupsAsync(Token);

        (await ScalarAsync<long>("SELECT max(output_tokens) FROM llm.rollup_days")).ShouldBe(long.MaxValue);
        (await ScalarAsync<long>("SELECT max(calls) FROM llm.rollup_days")).ShouldBe(3);
        (await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token)).ShouldNotBeEmpty();
    }
}
