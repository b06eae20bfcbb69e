using LlmObservability.Dashboard.Tests.Streams;
using LlmObservability.Sinks;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>The live feed.</content>
public abstract partial class ApiContract
{
    private static readonly Action<LlmDashboardOptions> Quick = options => options.LiveInterval = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task New_calls_come_as_they_are_stored_whenever_they_began()
    {
        await using var host = await StartAsync(Quick);
        var now = DateTimeOffset.UtcNow;
        await host.WriteAsync([Call(now.AddSeconds(-30))]);
        using var live = await LiveReader.OpenAsync(host);

        // The second began before the first, and ended after it.
        var (first, second) = (Call(now.AddSeconds(-5)), Call(now.AddSeconds(-60)));
        var description = await host.Client.DescriptionAsync();
        foreach (var envelope in new[] { first, second })
        {
            await host.WriteAsync([envelope]);
            var (id, name, data) = await live.NextAsync();
            (id, name).ShouldBe((envelope.Call.Id.ToString(), "call"));
            CallJson.ShouldBe(description.CheckAgainst("Call", data), envelope.Call);
        }
    }

    [Fact]
    public async Task A_feed_keeps_to_its_filter()
    {
        await using var host = await StartAsync(Quick);
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-30))]);
        using var live = await LiveReader.OpenAsync(host, "?feature=search&tag.team=red");
        var wanted = Call(DateTimeOffset.UtcNow.AddSeconds(-2), "search", "red");
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-3), "search", "blue"), Call(DateTimeOffset.UtcNow.AddSeconds(-1), "chat", "red"), wanted]);
        (await live.NextAsync()).Id.ShouldBe(wanted.Call.Id.ToString());
    }

    [Fact]
    public async Task A_reader_that_comes_again_gets_what_it_missed()
    {
        await using var host = await StartAsync(Quick);
        var now = DateTimeOffset.UtcNow;
        var (known, missed) = (Call(now.AddSeconds(-30)), Call(now.AddSeconds(-20)));
        await host.WriteAsync([known, missed]);
        using var live = await LiveReader.OpenAsync(host, after: known.Call.Id.ToString());
        (await live.NextAsync()).Id.ShouldBe(missed.Call.Id.ToString());
    }

    [Theory]
    [InlineData("ffffffff-ffff-4fff-bfff-ffffffffffff")]
    [InlineData("e677d21f-dbff-7fff-bfff-ffffffffffff")]
    [InlineData("'; DROP TABLE calls; --")]
    public async Task What_a_reader_says_that_it_knows_is_not_believed(string id)
    {
        await using var host = await StartAsync(options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            options.LiveCalls = 10;
        });
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-30), feature: "other")]);
        using var live = await LiveReader.OpenAsync(host, "?feature=search", after: id);
        await host.WriteAsync([.. Enumerable.Range(1, 20).Select(number => Call(DateTimeOffset.UtcNow.AddMilliseconds(number), feature: "search"))]);
        (await live.NextAsync()).Event.ShouldBeOneOf("skipped", "call");
    }

    [Fact]
    public async Task What_is_more_than_a_look_sees_is_told_with_its_number()
    {
        await using var host = await StartAsync(options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            options.LiveCalls = 10;
        });
        var now = DateTimeOffset.UtcNow;
        await host.WriteAsync([Call(now.AddSeconds(-100))]);
        using var live = await LiveReader.OpenAsync(host);
        var burst = Enumerable.Range(1, 35).Select(number => Call(now.AddSeconds(number - 90))).ToList();
        await host.WriteAsync(burst);

        var (_, name, data) = await live.NextAsync();
        name.ShouldBe("skipped");
        (await host.Client.DescriptionAsync()).CheckAgainst("Skipped", data).GetProperty("calls").GetInt64().ShouldBe(25);
        foreach (var envelope in burst.TakeLast(10))
        {
            (await live.NextAsync()).Id.ShouldBe(envelope.Call.Id.ToString());
        }
    }

    private static LlmCallEnvelope Call(DateTimeOffset at, string? feature = null, string? team = null, string? tenant = null)
    {
        at = new DateTimeOffset(at.UtcTicks / 10 * 10, TimeSpan.Zero);
        return new LlmCallEnvelope(new LlmCall
        {
            Id = LlmCallId.Create(at),
            StartedAt = at,
            Outcome = LlmOutcome.Completed,
            CostReason = LlmCostReason.MissingUsage,
            Tags = new LlmTags(team is null ? null : [new("team", team)]) { Feature = feature, Tenant = tenant },
        });
    }
}
