using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Reading;

/// <summary>What a query may read and how long it may take; and that an answer in part says so.</summary>
public sealed class PostgresReadingBoundsTests(PostgresServer server) : PostgresDatabase(server)
{
    private static readonly TimeSpan Bound = TimeSpan.FromDays(1);
    private static readonly DateTimeOffset First = ScriptedCalls.TenDaysAgo;
    private static readonly DateTimeOffset End = First.AddDays(3);
    private static readonly LlmFilter All = new() { From = First, To = End };

    [Fact]
    public async Task An_aggregate_that_no_rollup_tells_is_that_of_the_newest_part_and_so_is_the_period_before()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = Bound });
        var answer = await store.AggregateAsync(
            new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.User], ComparePrevious = true }, Token);

        answer.CappedFrom.ShouldBe(End - Bound);
        answer.Total.Calls.ShouldBe(calls.Count(call => call.StartedAt >= End - Bound));
        answer.Previous.ShouldNotBeNull().Calls.ShouldBe(calls.Count(call => call.StartedAt < End - Bound && call.StartedAt >= End - (2 * Bound)));

        var distinct = await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.User, Filter = All }, Token);
        distinct.CappedFrom.ShouldBe(End - Bound);
        distinct.Values.Sum(value => value.Calls).ShouldBe(calls.Count(call => call.StartedAt >= End - Bound && call.Tags.User is not null));

        var tools = await store.ToolsAsync(new LlmToolsRequest { Filter = All }, Token);
        tools.CappedFrom.ShouldBe(End - Bound);
        tools.Tools.Sum(tool => tool.ToolCalls).ShouldBe(calls.Where(call => call.StartedAt >= End - Bound).Sum(call => (long)call.ToolCallCount));

        // Rollups tell all of it, and a window that fits is read whole.
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = All }, Token)).ShouldSatisfyAllConditions(
            whole => whole.CappedFrom.ShouldBeNull(), whole => whole.Total.Calls.ShouldBe(calls.Count));
        var last = All with { From = End - Bound };
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = last, GroupBy = [LlmField.User] }, Token)).CappedFrom.ShouldBeNull();
    }

    [Theory]
    [InlineData(90, 0)]
    [InlineData(5, 0)]
    [InlineData(5, 28)]
    [InlineData(90, 28)]
    public async Task A_window_and_the_period_before_it_hold_each_call_once(int kept, int daysLater)
    {
        var (writing, calls) = await FilledAsync(new PostgresLlmOptions());
        await writing.FoldRollupsAsync(Token);

        // As if it were later: hours are kept for 31 days, and the calls for fewer or for more.
        await using var store = Store(
            new PostgresLlmOptions { Retention = TimeSpan.FromDays(kept), RollupRetention = TimeSpan.FromDays(31) },
            new ManualTimeProvider(DateTimeOffset.UtcNow.AddDays(daysLater)));

        // Between two calls of one hour.
        var from = calls.Select(call => call.StartedAt).Where(time => time > First.AddDays(1.4)).Distinct().Order()
            .GroupBy(time => (time.Date, time.Hour)).First(hour => hour.Count() > 1).First().AddMicroseconds(1);
        foreach (var field in new[] { (LlmField?)null, LlmField.Model, LlmField.User })
        {
            var answer = await store.AggregateAsync(
                new LlmAggregateRequest
                {
                    Filter = new LlmFilter { From = from, To = from.AddDays(2) },
                    GroupBy = field is { } by ? [by] : [],
                    ComparePrevious = true,
                    Measures = field == LlmField.User ? LlmMeasureSet.Spend : LlmMeasureSet.All,
                },
                Token);

            var before = answer.Previous.ShouldNotBeNull().Calls;
            before.ShouldBeGreaterThan(0);
            (answer.Total.Calls + before).ShouldBe(calls.Count);
        }
    }

    [Fact]
    public async Task An_open_window_without_older_calls_is_not_capped()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = TimeSpan.FromDays(11) });
        var answer = await store.AggregateAsync(new LlmAggregateRequest { GroupBy = [LlmField.User] }, Token);

        answer.CappedFrom.ShouldBeNull();
        answer.Total.Calls.ShouldBe(calls.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_list_that_is_searched_stops_and_goes_on_from_there(bool descending)
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = TimeSpan.FromHours(5) });
        var condition = new LlmCondition(LlmField.Feature, LlmOperator.In, "summary");
        foreach (var filter in new[] { LlmFilter.None, All })
        {
            var request = new LlmListRequest
            {
                Filter = filter with { Conditions = [condition] },
                Order = new LlmOrder(LlmField.StartedAt, descending),
                Limit = 60,
            };
            List<LlmCall> seen = [];
            var stops = 0;
            for (var pages = 0; pages == 0 || request.Cursor is not null; pages++)
            {
                pages.ShouldBeLessThan(100);
                var page = await store.ListAsync(request, Token);
                seen.AddRange(page.Calls);
                stops += page.CappedFrom is null ? 0 : 1;
                (page.Calls.Count == 60 || page.Next is null || page.CappedFrom is not null).ShouldBeTrue();
                request = request with { Cursor = page.Next };
            }

            stops.ShouldBeGreaterThan(2);
            var expected = calls.Where(call => call.Tags.Feature == "summary").OrderBy(call => call.StartedAt).ThenBy(call => call.Id.ToString("D"), StringComparer.Ordinal);
            seen.Select(call => call.Id).ShouldBe((descending ? expected.Reverse() : expected).Select(call => call.Id));
        }
    }

    [Fact]
    public async Task Another_order_is_that_of_the_newest_part()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = Bound });
        var request = new LlmListRequest { Filter = All, Order = new LlmOrder(LlmField.DurationUs, true), Limit = 1000 };
        var page = await store.ListAsync(request, Token);

        page.CappedFrom.ShouldBe(End - Bound);
        page.Next.ShouldBeNull();
        page.Calls.Select(call => call.Id).ShouldBe(calls.Where(call => call.StartedAt >= End - Bound)
            .OrderByDescending(call => call.Duration).ThenByDescending(call => call.StartedAt).Select(call => call.Id));
    }

    [Fact]
    public async Task Times_before_the_rollups_hold_every_call_are_read_from_the_calls()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = TimeSpan.FromDays(100) });
        var since = First.AddHours(31.7);
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync($"UPDATE llm.rollup_since SET since = timestamptz '{since:yyyy-MM-dd HH:mm:ss}+00'");
        foreach (var table in new[] { "rollup_minutes", "rollup_hours", "rollup_days" })
        {
            await ExecuteAsync($"DELETE FROM llm.{table} WHERE bucket < timestamptz '{since:yyyy-MM-dd HH:mm:ss}+00'");
        }

        var answer = await store.AggregateAsync(new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.Model] }, Token);
        answer.Total.Calls.ShouldBe(calls.Count);
        answer.CappedFrom.ShouldBeNull();
    }

    [Fact]
    public async Task Values_beyond_the_cap_are_read_from_the_calls_where_these_may_be_and_are_others_elsewhere()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxRollupValues = 2, MaxScanWindow = TimeSpan.FromDays(4) });
        var request = new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.User], Measures = LlmMeasureSet.Spend };
        var exact = await store.AggregateAsync(request, Token);
        exact.Rows.Count.ShouldBe(calls.Select(call => call.Tags.User).Distinct().Count());
        exact.CappedFrom.ShouldBeNull();

        await using var narrow = Store(new PostgresLlmOptions { MaxRollupValues = 2, MaxScanWindow = Bound });
        var some = await narrow.AggregateAsync(request, Token);
        some.CappedFrom.ShouldBeNull();
        some.Total.ShouldBe(exact.Total);
        some.Rows.Count(row => row.IsOther).ShouldBe(1);
        some.Rows.Single(row => !row.IsOther && row.Keys[0] is null).Measures.Calls.ShouldBe(calls.Count(call => call.Tags.User is null));
        some.Rows.Sum(row => row.Measures.Calls).ShouldBe(calls.Count);
    }

    [Theory]
    [InlineData(LlmTopBy.Failed)]
    [InlineData(LlmTopBy.Duration)]
    public async Task Groups_are_the_largest_by_what_is_no_part_of_their_measures(LlmTopBy topBy)
    {
        var (store, _) = await FilledAsync(new PostgresLlmOptions());
        await using var byCalls = Store(new PostgresLlmOptions { Rollups = false });
        var request = new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.Model], Measures = LlmMeasureSet.Spend, TopBy = topBy, Top = 2 };

        var answer = await store.AggregateAsync(request, Token);

        var expected = await byCalls.AggregateAsync(request, Token);
        answer.Total.ShouldBe(expected.Total);
        answer.Rows.Select(row => (string.Join(',', row.Keys), row.IsOther, row.Measures))
            .ShouldBe(expected.Rows.Select(row => (string.Join(',', row.Keys), row.IsOther, row.Measures)));
    }

    [Fact]
    public async Task A_tag_that_was_allowed_late_is_read_from_the_calls_before_whatever_comes_late_or_is_made_anew()
    {
        var (_, calls) = await FilledAsync(new PostgresLlmOptions());
        await using var store = Store(new PostgresLlmOptions { RollupTags = ["team"], MaxScanWindow = TimeSpan.FromDays(100) });
        await store.PrepareAsync(Token);
        var late = ScriptedCalls.Create(20, seed: 7);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, late), Token);
        await store.FoldRollupsAsync(Token);
        var firstDay = DateOnly.FromDateTime(First.UtcDateTime);
        var request = new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.Tag("team")], Measures = LlmMeasureSet.Spend };
        async Task ShouldBeWholeAsync()
        {
            var answer = await store.AggregateAsync(request, Token);
            foreach (var team in calls.Concat(late.Select(envelope => envelope.Call)).GroupBy(call => call.Tags.TryGetCustom("team", out var value) ? value : null))
            {
                answer.Rows.Single(row => !row.IsOther && row.Keys[0] == team.Key).Measures.Calls.ShouldBe(team.Count());
            }
        }

        await ShouldBeWholeAsync();
        await store.RebuildRollupsAsync(firstDay, firstDay, Token);
        await ShouldBeWholeAsync();

        // Without a gap up to now the sums tell it.
        (await SinceAsync("rollup_tags")).ShouldBeGreaterThan(DateTimeOffset.UtcNow);
        await ExecuteAsync("UPDATE llm.rollup_tags SET since = now()");
        await store.RebuildRollupsAsync(firstDay, DateOnly.FromDateTime(DateTime.UtcNow), Token);
        (await SinceAsync("rollup_tags")).ShouldBe(First);
        await ShouldBeWholeAsync();
        await using var narrow = Store(new PostgresLlmOptions { RollupTags = ["team"], MaxScanWindow = TimeSpan.FromHours(1) });
        (await narrow.AggregateAsync(request, Token)).CappedFrom.ShouldBeNull();
    }

    [Fact]
    public async Task A_rebuild_moves_back_since_when_rollups_hold_every_call_by_days_without_a_gap()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { MaxScanWindow = TimeSpan.FromHours(1) });
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync($"UPDATE llm.rollup_since SET since = timestamptz '{First.AddDays(5):yyyy-MM-dd} 14:30:00+00'; TRUNCATE llm.rollup_hours, llm.rollup_days");
        var (firstDay, lastDay) = (DateOnly.FromDateTime(First.UtcDateTime), DateOnly.FromDateTime(First.AddDays(5).UtcDateTime));

        await store.RebuildRollupsAsync(firstDay, lastDay.AddDays(-1), Token);
        (await SinceAsync("rollup_since")).ShouldBe(First.AddDays(5).AddHours(14.5));
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = All }, Token)).CappedFrom.ShouldNotBeNull();

        await store.RebuildRollupsAsync(firstDay, lastDay, Token);
        (await SinceAsync("rollup_since")).ShouldBe(First);
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = All }, Token)).ShouldSatisfyAllConditions(
            answer => answer.CappedFrom.ShouldBeNull(), answer => answer.Total.Calls.ShouldBe(calls.Count));
    }

    [Fact]
    public void Calls_that_are_gone_are_no_part_of_an_answer()
    {
        var now = new DateTimeOffset(2026, 3, 20, 10, 20, 30, TimeSpan.Zero);
        var limits = new RollupLimits(now, DateTimeOffset.MinValue, now.AddDays(-30), now.AddDays(-60), TimeSpan.FromDays(7));

        var window = RollupWindow.Cut(now.AddDays(-100), now, RollupDeltas.Minute, LlmBucket.Hour, limits);

        window.From.ShouldBe(new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero));
        window.CappedFrom.ShouldBe(window.From);
        window.Raw.ShouldBe([(window.To, now)]);
    }

    [Fact]
    public async Task Without_rollups_the_calls_tell_everything()
    {
        var (store, calls) = await FilledAsync(new PostgresLlmOptions { Rollups = false });
        await ExecuteAsync("TRUNCATE llm.rollup_deltas, llm.rollup_minutes, llm.rollup_hours, llm.rollup_days");
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = All, Bucket = LlmBucket.Hour }, Token)).Total.Calls.ShouldBe(calls.Count);
    }

    [Fact]
    public async Task A_query_that_waits_is_ended_by_the_server_and_lets_go_when_it_is_cancelled()
    {
        var (_, _) = await FilledAsync(new PostgresLlmOptions());
        await using var store = PostgresLlmStore.Create(ConnectionString, new PostgresLlmOptions { CommandTimeout = TimeSpan.FromMinutes(1) });
        await using var hasty = PostgresLlmStore.Create(ConnectionString, new PostgresLlmOptions { CommandTimeout = TimeSpan.FromSeconds(1) });
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var blocking = new NpgsqlCommand("LOCK TABLE llm.calls IN ACCESS EXCLUSIVE MODE", connection))
        {
            await blocking.ExecuteNonQueryAsync(Token);
        }

        var request = new LlmAggregateRequest { Filter = All, GroupBy = [LlmField.User] };
        await Should.ThrowAsync<Exception>(async () => await hasty.AggregateAsync(request, Token));
        await Should.ThrowAsync<Exception>(async () => await hasty.ListAsync(new LlmListRequest(), Token));
        await UntilAsync(Waiting + " = 0");

        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = store.AggregateAsync(request, cancelling.Token).AsTask();
        await UntilAsync(Waiting + " = 1");
        var begin = Stopwatch.GetTimestamp();
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        await UntilAsync(Waiting + " = 0");
    }

    private const string Waiting =
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND (query LIKE 'WITH top AS%' OR query LIKE 'SELECT id, started_at%'))";

    private async Task<DateTimeOffset> SinceAsync(string table) => new(await ScalarAsync<DateTime>($"SELECT since FROM llm.{table}"));

    private async Task<(PostgresLlmStore Store, List<LlmCall> Calls)> FilledAsync(PostgresLlmOptions options)
    {
        var store = await PreparedAsync(options);
        var envelopes = ScriptedCalls.Create(400);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token);
        return (store, [.. envelopes.Select(envelope => envelope.Call)]);
    }
}
