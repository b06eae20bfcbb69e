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

    [Fact]
    public async Task What_a_look_does_not_see_is_told_though_it_saw_some_of_them_before()
    {
        await using var host = await StartAsync(options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            options.LiveCalls = 10;
        });
        var now = DateTimeOffset.UtcNow;
        await host.WriteAsync([.. Enumerable.Range(1, 12).Select(number => Call(now.AddSeconds(number - 60)))]);
        using var live = await LiveReader.OpenAsync(host);

        // Calls that lasted long began before all that a look sees: the newest ten are the same as before.
        await host.WriteAsync([.. Enumerable.Range(1, 5).Select(number => Call(now.AddSeconds(number - 300)))]);
        (await SkippedAsync(live)).ShouldBe(5);

        // One of the ten was there before.
        var burst = Enumerable.Range(1, 9).Select(number => Call(now.AddSeconds(number - 30))).ToList();
        await host.WriteAsync([.. Enumerable.Range(1, 20).Select(number => Call(now.AddSeconds(number - 200))), .. burst]);
        var told = new List<(string? Id, string Event, string Data)>();
        for (var i = 0; i < 10; i++)
        {
            told.Add(await live.NextAsync());
        }

        // The count comes a few looks later.
        told.Where(one => one.Event == "call").Select(one => one.Id).ShouldBe(burst.Select(envelope => envelope.Call.Id.ToString()));
        told.Where(one => one.Event == "skipped").ShouldHaveSingleItem().Data.ShouldBe("{\"calls\":20}");

        // Nothing is told twice.
        var last = Call(now.AddSeconds(-1));
        await host.WriteAsync([last]);
        (await live.NextAsync()).Id.ShouldBe(last.Call.Id.ToString());
    }

    [Fact]
    public async Task A_reader_that_comes_again_gets_what_ended_meanwhile_though_it_began_before()
    {
        await using var host = await StartAsync(Quick);
        var now = DateTimeOffset.UtcNow;
        var (known, before, lasted) = (Call(now.AddSeconds(-30)), Call(now.AddSeconds(-40)), Call(now.AddSeconds(-60)));
        lasted = new LlmCallEnvelope(lasted.Call with { Duration = TimeSpan.FromSeconds(55) });
        await host.WriteAsync([before, known, lasted]);
        using var live = await LiveReader.OpenAsync(host, after: known.Call.Id.ToString());
        (await live.NextAsync()).Id.ShouldBe(lasted.Call.Id.ToString());
        var next = Call(now.AddSeconds(-1));
        await host.WriteAsync([next]);
        (await live.NextAsync()).Id.ShouldBe(next.Call.Id.ToString());
    }

    [Fact]
    public async Task A_reader_that_was_away_for_longer_than_a_feed_looks_back_is_told_how_much_it_missed()
    {
        await using var host = await StartAsync(Quick);
        var now = DateTimeOffset.UtcNow;
        var (known, seen) = (Call(now.AddHours(-3)), Call(now.AddSeconds(-30)));
        await host.WriteAsync([known, Call(now.AddHours(-2)), Call(now.AddHours(-1)), seen]);
        using var live = await LiveReader.OpenAsync(host, after: known.Call.Id.ToString());
        (await SkippedAsync(live)).ShouldBe(2);
        (await live.NextAsync()).Id.ShouldBe(seen.Call.Id.ToString());
    }

    [Fact]
    public async Task A_feed_whose_time_is_over_ends_whole_and_goes_on_where_it_was_when_its_reader_comes_again()
    {
        await using var host = await StartAsync(options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            options.MaxLiveDuration = TimeSpan.FromSeconds(1);
            options.MaxLiveFeeds = 1;
        });
        await host.WriteAsync([Call(DateTimeOffset.UtcNow.AddSeconds(-30))]);
        string after;
        using (var live = await LiveReader.OpenAsync(host))
        {
            after = live.LastId;
            (await live.LineAsync()).ShouldBeNull("it ends as an answer does that is whole");
        }

        var missed = Call(DateTimeOffset.UtcNow);
        await host.WriteAsync([missed]);
        using var again = await LiveReader.OpenAsync(host, after: after);
        (await again.NextAsync()).Id.ShouldBe(missed.Call.Id.ToString());
        host.Log.Events.ShouldNotContain("ApiTransferBroken");
    }

    private static async Task<long> SkippedAsync(LiveReader live)
    {
        var (_, name, data) = await live.NextAsync();
        name.ShouldBe("skipped", data);
        return System.Text.Json.JsonDocument.Parse(data).RootElement.GetProperty("calls").GetInt64();
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
