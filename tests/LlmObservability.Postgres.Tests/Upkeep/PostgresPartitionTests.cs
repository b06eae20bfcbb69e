using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Upkeep;

/// <summary>Which partitions are made: units, changes of them, what stands in the way.</summary>
public sealed class PostgresPartitionTests(PostgresServer server) : PartitionedDatabase(server)
{
    [Theory]
    [InlineData("day", "2025-03-30", "calls_20250330 2025-03-30 00:00 2025-03-31 00:00")]
    [InlineData("week", "2025-03-30", "calls_2025w13 2025-03-24 00:00 2025-03-31 00:00")]
    [InlineData("week", "2024-12-30", "calls_2025w01 2024-12-30 00:00 2025-01-06 00:00")]
    [InlineData("week", "2021-01-03", "calls_2020w53 2020-12-28 00:00 2021-01-04 00:00")]
    [InlineData("month", "2024-02-29", "calls_202402 2024-02-01 00:00 2024-03-01 00:00")]
    public async Task A_unit_begins_where_the_calendar_says_in_utc(string unit, string day, string made)
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));

        (await ScalarAsync<int>($"SELECT llm.ensure_partitions('{day}', 'calls={unit},attempts=day')")).ShouldBe(await ParentsAsync());

        (await PartitionsAsync("calls")).ShouldBe(made);
        (await PartitionsAsync("amendments")).ShouldBe(made.Replace("calls", "amendments", StringComparison.Ordinal));
        (await PartitionsAsync("attempts")).ShouldBe($"attempts_{day.Replace("-", "", StringComparison.Ordinal)} {Day(day)} 00:00 {Day(day, 1)} 00:00");
        (await ScalarAsync<int>($"SELECT llm.ensure_partitions('{day}', 'calls={unit},attempts=day')")).ShouldBe(0);
    }

    [Fact]
    public async Task Each_table_has_the_unit_that_its_option_says_and_rows_find_their_place()
    {
        var store = Store(new PostgresLlmOptions
        {
            CallPartitions = PartitionUnit.Week,
            AttemptPartitions = PartitionUnit.Month,
            ToolCallPartitions = PartitionUnit.Day,
            Retention = TimeSpan.FromDays(400),
        });
        await store.PrepareAsync(Token);

        (await store.WriteAsync(Calls(40, 200), Token)).Written.ShouldBe(200);

        (await PartitionsAsync("calls")).ShouldContain("calls_" + WeekOf(DateTime.UtcNow.AddDays(-40)));
        (await PartitionsAsync("amendments")).ShouldContain("amendments_" + WeekOf(DateTime.UtcNow.AddDays(-40)));
        (await PartitionsAsync("attempts")).ShouldContain($"attempts_{DateTime.UtcNow.AddDays(-40):yyyyMM} ");
        (await PartitionsAsync("tool_calls")).ShouldContain(OfDay(40, "tool_calls") + " ");
        (await store.ListAsync(new() { Limit = 500 }, Token)).Calls.Count.ShouldBe(200);
    }

    [Fact]
    public async Task When_the_unit_changes_new_partitions_fit_in_between_those_that_are_there()
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        await EnsureAsync("2025-06-04,2025-06-20", "day");
        await EnsureAsync("2025-06-18", "week");
        await EnsureAsync("2025-06-10,2025-06-05,2025-06-30,2025-06-04", "month");
        await EnsureAsync("2025-07-02", "month");
        await EnsureAsync("2025-06-25,2025-07-09", "day");
        await EnsureAsync("2025-08-01", "week");
        await EnsureAsync("2025-08-01,2025-07-28,2025-08-31", "month");

        (await PartitionsAsync("calls")).Split("; ").ShouldBe(
        [
            "calls_20250604 2025-06-04 00:00 2025-06-05 00:00",
            "calls_20250605_20250616 2025-06-05 00:00 2025-06-16 00:00",
            "calls_20250616_20250620 2025-06-16 00:00 2025-06-20 00:00",
            "calls_20250620 2025-06-20 00:00 2025-06-21 00:00",
            "calls_20250621_20250701 2025-06-21 00:00 2025-07-01 00:00",
            "calls_202507 2025-07-01 00:00 2025-08-01 00:00",
            "calls_20250801_20250804 2025-08-01 00:00 2025-08-04 00:00",
            "calls_20250804_20250901 2025-08-04 00:00 2025-09-01 00:00",
        ]);
        // As a dump writes them: names that need no quotes.
        (await ScalarAsync<bool>(
            "SELECT bool_and(c.relname ~ '^[a-z_0-9]{1,63}$') FROM pg_class c WHERE c.relnamespace = 'llm'::regnamespace")).ShouldBeTrue();
    }

    [Fact]
    public async Task Partitions_that_somebody_made_count_by_their_range_and_gaps_of_a_day_are_filled()
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        await ExecuteAsync(
            """
            CREATE TABLE llm."Old ones" PARTITION OF llm.calls FOR VALUES FROM (MINVALUE) TO ('2024-12-31 22:00+00');
            CREATE TABLE llm.lunch PARTITION OF llm.calls FOR VALUES FROM ('2025-06-04 11:30+00') TO ('2025-06-04 13:00+00');
            """);

        await EnsureAsync("2024-12-30,2025-06-04,2024-12-31", "day");

        (await PartitionsAsync("calls")).Split("; ").Order(StringComparer.Ordinal).ShouldBe(
        [
            "calls_20241231t220000_20250101t000000 2024-12-31 22:00 2025-01-01 00:00",
            "calls_20250604t000000_20250604t113000 2025-06-04 00:00 2025-06-04 11:30",
            "calls_20250604t130000_20250605t000000 2025-06-04 13:00 2025-06-05 00:00",
            "lunch 2025-06-04 11:30 2025-06-04 13:00",
        ]);
    }

    [Theory]
    [InlineData("Pacific/Apia", "SQL, DMY")]
    [InlineData("America/St_Johns", "German")]
    [InlineData("Europe/London", "Postgres, MDY")]
    public async Task A_sessions_time_zone_and_date_style_do_not_matter(string zone, string style)
    {
        await ExecuteAsync($"ALTER DATABASE {DatabaseName} SET timezone = '{zone}'; ALTER DATABASE {DatabaseName} SET datestyle = '{style}'");
        DataSource.Clear();
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(600) });
        await EnsureAsync("2025-03-30,2025-10-26", "day");

        (await ScalarAsync<int>("SELECT llm.ensure_partitions('2025-03-30,2025-10-26', 'calls=month')")).ShouldBe(0);
        (await PartitionsAsync("calls")).ShouldStartWith(
            "calls_20250330 2025-03-30 00:00 2025-03-31 00:00; calls_20251026 2025-10-26 00:00 2025-10-27 00:00; ");
        await EnsureAsync("2025-10-20", "month");
        (await PartitionsAsync("calls")).ShouldContain("calls_20251001_20251026 2025-10-01 00:00 2025-10-26 00:00");
        (await store.WriteAsync(Calls(100), Token)).Written.ShouldBe(10);
        (await ScalarAsync<string>($"SELECT string_agg(table_name, ', ') FROM llm.expired_partitions({99 * 86400}, {800 * 86400}) WHERE parent = 'calls'"))
            .ShouldEndWith(OfDay(100));
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.expired_partitions({100 * 86400}, {800 * 86400}) WHERE table_name = '{OfDay(100)}'")).ShouldBe(0);
    }

    [Fact]
    public async Task Where_somebody_detached_a_table_nothing_takes_its_place_whatever_the_unit_and_days_around_it_go_on()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { CallPartitions = PartitionUnit.Month, Retention = TimeSpan.FromDays(3000) });
        await ExecuteAsync("SELECT llm.ensure_partitions('2025-06-04', ''); ALTER TABLE llm.calls DETACH PARTITION llm.calls_20250604");

        foreach (var unit in new[] { "day", "week", "month" })
        {
            (await Should.ThrowAsync<PostgresException>(() => EnsureAsync("2025-06-04", unit))).SqlState.ShouldBe("55000");
        }

        await EnsureAsync("2025-06-05", "month");
        (await PartitionsAsync("calls")).ShouldStartWith("calls_20250605_20250701 2025-06-05 00:00 2025-07-01 00:00");
        var startedAt = new DateTimeOffset(2025, 6, 4, 12, 0, 0, TimeSpan.Zero);
        var call = ScriptedCalls.Create(1)[0].Call with { Id = LlmCallId.Create(startedAt), StartedAt = startedAt };
        var result = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call), .. ScriptedCalls.Create(5)]), Token);
        (result.Written, result.Rejected?.Single().Reason).ShouldBe((5, LlmDropReason.OutsideWindow));

        await ExecuteAsync(
            "ALTER TABLE llm.calls ATTACH PARTITION llm.calls_20250604 FOR VALUES FROM ('2025-06-04 00:00+00') TO ('2025-06-05 00:00+00')");
        await EnsureAsync("2025-06-04", "week");
    }

    [Theory]
    [InlineData("CREATE VIEW llm.calls_20250604 AS SELECT 1 AS one")]
    [InlineData("CREATE SEQUENCE llm.calls_2025w23")]
    [InlineData("CREATE TABLE llm.calls_202506 ()")]
    public async Task Whatever_else_has_the_name_is_in_the_way_too(string other)
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        await ExecuteAsync(other);

        (await Should.ThrowAsync<PostgresException>(() => EnsureAsync("2025-06-04", "day"))).SqlState.ShouldBe("55000");

        await EnsureAsync("2025-07-04", "day");
    }

    [Fact]
    public async Task Names_that_stand_for_no_range_are_in_nobodys_way()
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        foreach (var name in new[] { "calls_20251350", "calls_2025w99", "calls_202513", "calls_20250604_backup", "calls_20250605_20250601", "calls_00000000" })
        {
            await ExecuteAsync($"CREATE TABLE llm.{name} ()");
        }

        await EnsureAsync("2025-06-04,2025-12-31", "month");

        (await PartitionsAsync("calls")).ShouldBe("calls_202506 2025-06-01 00:00 2025-07-01 00:00; calls_202512 2025-12-01 00:00 2026-01-01 00:00");
    }

    [Theory]
    [InlineData("current_date + 5", "")]
    [InlineData("current_date - 3670", "")]
    [InlineData("current_date", "calls=year")]
    [InlineData("current_date", "ledger=day")]
    [InlineData("current_date", "calls=day,")]
    [InlineData("current_date", "calls=day; DROP TABLE llm.calls")]
    public async Task A_writer_can_neither_fill_the_catalog_nor_ask_for_anything_else(string day, string units)
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        (await Should.ThrowAsync<PostgresException>(
            () => ExecuteAsync($"SELECT llm.ensure_partitions(to_char({day}, 'YYYY-MM-DD'), '{units}')"))).SqlState.ShouldBe("22023");
        await Should.ThrowAsync<PostgresException>(() => ExecuteAsync("SELECT llm.ensure_partitions('2025-06-04', NULL)"));
        (await PartitionsAsync("calls")).ShouldBe("");
    }

    [Theory]
    [InlineData(false, "read committed")]
    [InlineData(true, "read committed")]
    [InlineData(true, "serializable")]
    public async Task Eight_processes_of_different_units_prepare_and_write_at_once(bool old, string isolation)
    {
        await ExecuteAsync($"ALTER DATABASE {DatabaseName} SET default_transaction_isolation = '{isolation}'");
        if (old)
        {
            var script = PostgresSchema.Script("llm");
            await ExecuteAsync(script[..script.IndexOf("-- 0005", StringComparison.Ordinal)] + "COMMIT;");
            await ExecuteAsync("SELECT llm.ensure_partitions(to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'))");
        }

        var stores = Enumerable.Range(0, 8).Select(i => PostgresLlmStore.Create(
            ConnectionString, new PostgresLlmOptions { CallPartitions = (PartitionUnit)(i % 3), Retention = TimeSpan.FromDays(500) })).ToArray();
        await Task.WhenAll(stores.Select(store => store.PrepareAsync(Token).AsTask()));
        var results = await Task.WhenAll(stores.SelectMany((store, i) => new[] { 3, 33, 330 }.Select(async days =>
            (await store.WriteAsync(Calls(days + i, 20), Token)).Written)));

        results.Sum().ShouldBe(8 * 3 * 20);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(8 * 3 * 20);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Rollups_have_partitions_of_their_own_units_and_no_minutes_that_are_not_kept()
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));

        await EnsureAsync("2025-06-04", "week");
        await EnsureAsync($"{DateTime.UtcNow:yyyy-MM-dd}", "week");

        (await PartitionsAsync("rollup_minutes")).ShouldBe(
            $"rollup_minutes_{DateTime.UtcNow:yyyyMMdd} {DateTime.UtcNow:yyyy-MM-dd} 00:00 {DateTime.UtcNow.AddDays(1):yyyy-MM-dd} 00:00");
        (await PartitionsAsync("rollup_hours")).ShouldStartWith("rollup_hours_202506 2025-06-01 00:00 2025-07-01 00:00");
        (await PartitionsAsync("rollup_value_hours")).ShouldStartWith("rollup_value_hours_202506 2025-06-01 00:00 2025-07-01 00:00");
    }

    private Task EnsureAsync(string days, string unit) => ExecuteAsync($"SELECT llm.ensure_partitions('{days}', 'calls={unit}')");

    private Task<int> ParentsAsync() => ScalarAsync<int>("SELECT count(*)::integer FROM llm.partitioned_tables('') WHERE parent <> 'rollup_minutes'");

    private static string Day(string day, int later = 0) =>
        DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture).AddDays(later).ToString("yyyy-MM-dd");

    private static string WeekOf(DateTime day) =>
        $"{System.Globalization.ISOWeek.GetYear(day):0000}w{System.Globalization.ISOWeek.GetWeekOfYear(day):00} ";
}
