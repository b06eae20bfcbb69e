using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Upkeep;

/// <summary>How partitions go that are older than what is kept: nobody waits, and nothing else goes.</summary>
public sealed class PostgresRetentionTests(PostgresServer server) : PartitionedDatabase(server)
{
    private static readonly PostgresLlmOptions Keeping30 = new() { Retention = TimeSpan.FromDays(30), CommandTimeout = TimeSpan.FromSeconds(1) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whole_partitions_beyond_the_retention_go_and_others_stay(bool owner)
    {
        using var log = new RecordedLog();
        await FilledAsync(40, 31, 30, 29, 0);
        await using var source = await SourceAsync(owner);
        await using var store = new PostgresLlmStore(source, new PostgresLlmOptions { Retention = TimeSpan.FromDays(30), SchemaMode = SchemaMode.Check }, null, log);
        await store.PrepareAsync(Token);

        await store.WriteAsync(Calls(0, 5), Token);

        foreach (var table in new[] { "calls", "attempts", "tool_calls", "amendments" })
        {
            await UntilAsync($"SELECT to_regclass('llm.{OfDay(40, table)}') IS NULL AND to_regclass('llm.{OfDay(31, table)}') IS NULL");
            (await ExistsAsync(OfDay(30, table))).ShouldBeTrue();
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(35);
        // Dropped, not emptied row by row.
        (await ScalarAsync<long>("SELECT sum(n_tup_del)::bigint FROM pg_stat_user_tables WHERE schemaname = 'llm' AND relname LIKE 'calls%'")).ShouldBe(0);
        await Eventually.Is(() => store.Upkeep.All(state => state.EndedAt is not null), "each step was done");
        store.Upkeep.ShouldAllBe(state => state.Failure == null);
        log.Entries.Select(entry => entry.Event).Distinct().ShouldBe(["PartitionsRemoved"]);
        log.Entries[0].Message.ShouldContain(OfDay(40));
    }

    [Fact]
    public async Task Behind_a_long_query_an_owner_detaches_without_holding_up_anybody_and_finishes_when_it_is_over()
    {
        await FilledAsync(40, 39, 0);
        await using var reader = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM llm.calls");

        await WhileOthersGoOnAsync(RetainAsync(DataSource, Keeping30));

        (await PartitionsAsync("calls")).ShouldStartWith($"{OfDay(40)} ");
        (await PartitionsAsync("calls")).ShouldContain(" detaching; ");
        // Who began before sees what was there; who comes now does not.
        (await CountAsync(reader)).ShouldBe(30);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls WHERE started_at < now() - interval '10 days'")).ShouldBe(10);
        await WhileOthersGoOnAsync(RetainAsync(DataSource, Keeping30));
        (await CountAsync(reader)).ShouldBe(30);
        (await ExistsAsync(OfDay(40))).ShouldBeTrue();

        await RunAsync(reader, "COMMIT");
        await RemovedAsync(DataSource, 40, 39);
        (await PartitionsAsync("calls")).ShouldNotContain("detaching");
    }

    [Fact]
    public async Task Behind_a_long_query_a_writer_leaves_what_is_read_frees_what_is_not_and_holds_up_nobody()
    {
        await FilledAsync(40, 39, 0);
        await using var writers = await SourceAsync(owner: false);
        await using var reader = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM llm.calls");

        await WhileOthersGoOnAsync(RetainAsync(writers, Keeping30));

        (await CountAsync(reader)).ShouldBe(30);
        await RunAsync(reader, $"COMMIT; BEGIN; SELECT count(*) FROM llm.calls WHERE started_at >= '{DateTime.UtcNow.AddDays(-2):yyyy-MM-dd}'");
        // That one uses the table, and of its partitions only the new ones.
        await WhileOthersGoOnAsync(RetainAsync(writers, Keeping30));
        (await ExistsAsync(OfDay(40))).ShouldBeTrue();
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.{OfDay(40)}")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls WHERE started_at < now() - interval '10 days'")).ShouldBe(0);

        await RunAsync(reader, "COMMIT");
        await RemovedAsync(writers, 40, 39);
    }

    [Fact]
    public async Task A_table_that_is_always_in_use_by_short_transactions_is_no_obstacle()
    {
        await FilledAsync(40, 0);
        await using var writers = await SourceAsync(owner: false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var users = Enumerable.Range(0, 3).Select(_ => Task.Run(
            async () =>
            {
                await using var connection = await DataSource.OpenConnectionAsync(Token);
                while (!ending.IsCancellationRequested)
                {
                    await RunAsync(connection, "BEGIN; LOCK TABLE ONLY llm.calls IN ROW EXCLUSIVE MODE; SELECT pg_sleep(0.03); COMMIT");
                }
            },
            Token)).ToArray();
        await UntilAsync("SELECT count(*) >= 2 FROM pg_locks WHERE relation = 'llm.calls'::regclass AND mode = 'RowExclusiveLock'");

        await RemovedAsync(writers, 40);

        await ending.CancelAsync();
        await Task.WhenAll(users);
    }

    [Fact]
    public async Task Many_at_once_remove_each_partition_once()
    {
        await FilledAsync(60, 59, 58, 45, 44, 43, 0);
        await using var writers = await SourceAsync(owner: false);

        for (var round = 0; round < 20 && await ExistsAsync(OfDay(43)); round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TryAsync(i % 2 == 0 ? DataSource : writers)));
        }

        await RemovedAsync(DataSource, 60, 59, 58, 45, 44, 43);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(10);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.expired_partitions(2592000, 69120000)")).ShouldBe(0);

        // That others use it is told, since it is overdue from the first; the next round finds it.
        async Task TryAsync(NpgsqlDataSource source)
        {
            try
            {
                await RetainAsync(source, Keeping30);
            }
            catch (LlmSinkException inUse) when (inUse.Message.Contains("always in use", StringComparison.Ordinal))
            {
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_somebody_detached_by_hand_is_theirs(bool owner)
    {
        await FilledAsync(40, 39, 38, 0);
        await using var source = await SourceAsync(owner);
        await ExecuteAsync($"ALTER TABLE llm.calls DETACH PARTITION llm.{OfDay(40)}");
        await using var reader = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(reader, "BEGIN; SELECT count(*) FROM llm.calls");
        // Detaching by hand, and not done with it.
        await Should.ThrowAsync<PostgresException>(async () =>
        {
            await using var impatient = await DataSource.OpenConnectionAsync(Token);
            await RunAsync(impatient, "SET statement_timeout = '300ms'");
            await RunAsync(impatient, $"ALTER TABLE llm.calls DETACH PARTITION llm.{OfDay(39)} CONCURRENTLY");
        });
        await RunAsync(reader, "COMMIT");

        await RemovedAsync(source, 38);

        (await ScalarAsync<long>($"SELECT count(*) FROM llm.{OfDay(40)}")).ShouldBe(10);
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.{OfDay(39)}")).ShouldBe(10);
        await ExecuteAsync($"ALTER TABLE llm.calls DETACH PARTITION llm.{OfDay(39)} FINALIZE");
        await RetainAsync(source, Keeping30);
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.{OfDay(39)}")).ShouldBe(10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_crash_left_detached_or_half_detached_is_removed_the_next_time(bool owner)
    {
        await FilledAsync(40, 39, 0);
        await using var source = await SourceAsync(owner);
        await using (var reader = await DataSource.OpenConnectionAsync(Token))
        {
            await RunAsync(reader, "BEGIN; SELECT count(*) FROM llm.calls");
            await StuckAsync(DataSource);
            await RunAsync(reader, "COMMIT");
        }

        (await PartitionsAsync("calls")).ShouldContain("detaching");
        await ExecuteAsync($"COMMENT ON TABLE llm.{OfDay(39)} IS 'Expired: LlmObservability removes this table.'; ALTER TABLE llm.calls DETACH PARTITION llm.{OfDay(40)} FINALIZE");
        await ExecuteAsync($"ALTER TABLE llm.calls DETACH PARTITION llm.{OfDay(39)} CONCURRENTLY");

        await RemovedAsync(source, 40, 39);
    }

    [Fact]
    public async Task A_half_detached_partition_goes_by_a_role_that_may_only_write_too()
    {
        await FilledAsync(40, 0);
        await using var writers = await SourceAsync(owner: false);
        await using (var reader = await DataSource.OpenConnectionAsync(Token))
        {
            await RunAsync(reader, "BEGIN; SELECT count(*) FROM llm.calls");
            await StuckAsync(DataSource);
            await RunAsync(reader, "COMMIT");
        }

        await RemovedAsync(writers, 40);
    }

    [Fact]
    public async Task With_a_default_partition_it_goes_without_detaching_concurrently()
    {
        await FilledAsync(40, 0);
        await ExecuteAsync("CREATE TABLE llm.calls_default PARTITION OF llm.calls DEFAULT");

        await RemovedAsync(DataSource, 40);

        (await ExistsAsync("calls_default")).ShouldBeTrue();
    }

    [Fact]
    public async Task What_another_object_needs_stays_and_is_told_and_so_is_what_is_always_in_use()
    {
        await FilledAsync(40, 39, 0);
        await using var writers = await SourceAsync(owner: false);
        await ExecuteAsync($"CREATE VIEW public.one_day AS SELECT id FROM llm.{OfDay(40)}");

        (await Should.ThrowAsync<LlmSinkException>(() => RetainAsync(writers, Keeping30))).Message.ShouldBe(
            $"Partition {OfDay(40)} is older than what is kept and stays, since another object needs it: drop that object, or detach the partition.");
        (await ExistsAsync(OfDay(39))).ShouldBeFalse();

        await ExecuteAsync("DROP VIEW public.one_day");
        await using var reader = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(reader, "BEGIN; SELECT count(*) FROM llm.calls");
        (await StuckAsync(writers)).ShouldBe(
            $"Partition {OfDay(40)} should have been removed more than a day ago, and it or its table is always in use: "
            + "find the transaction that stays open, or let a role that owns the tables write.");
        await RunAsync(reader, "COMMIT");
        await RemovedAsync(writers, 40);
    }

    [Theory]
    [InlineData(86_399, 800 * 86_400)]
    [InlineData(3661 * 86_400, 800 * 86_400)]
    [InlineData(86_400, (31 * 86_400) - 1)]
    [InlineData(86_400, 3661 * 86_400)]
    public async Task A_writer_cannot_make_the_store_forget_sooner_than_the_options_allow(long raw, long rollup)
    {
        await ExecuteAsync(PostgresSchema.Script("llm"));
        (await Should.ThrowAsync<PostgresException>(() => ExecuteAsync($"SELECT * FROM llm.expire_partitions('calls', {raw}, {rollup})"))).SqlState.ShouldBe("22023");
        await Should.ThrowAsync<PostgresException>(() => ExecuteAsync("SELECT * FROM llm.expire_partitions('calls', NULL, NULL)"));
    }

    [Fact]
    public async Task A_writer_can_remove_nothing_but_expired_partitions()
    {
        await FilledAsync(40, 0);
        await using var writers = await SourceAsync(owner: false);
        await ExecuteAsync("CREATE TABLE public.others (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE public.old PARTITION OF public.others FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')");

        foreach (var name in new[] { "others", "public.others", "ledger", "'; DROP TABLE llm.calls; --", "" })
        {
            await using var command = writers.CreateCommand("SELECT count(*) FROM llm.expire_partitions($1, 86400, 2678400)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            (await command.ExecuteScalarAsync(Token)).ShouldBe(0L);
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(20);
        (await ScalarAsync<bool>("SELECT to_regclass('public.old') IS NOT NULL")).ShouldBeTrue();
        foreach (var sql in new[] { $"DROP TABLE llm.{OfDay(40)}", $"TRUNCATE llm.{OfDay(40)}", "SELECT llm.partition_ranges('llm.calls')", "SELECT llm.table_users('calls')" })
        {
            await using var command = writers.CreateCommand(sql);
            (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token))).SqlState.ShouldBe("42501");
        }
    }

    [Fact]
    public async Task Rollups_by_the_minute_go_after_two_days_and_those_by_the_hour_by_their_own_retention()
    {
        await PreparedAsync();
        await ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS llm.rollup_minutes (bucket timestamptz NOT NULL) PARTITION BY RANGE (bucket);
            CREATE TABLE IF NOT EXISTS llm.rollup_hours (bucket timestamptz NOT NULL) PARTITION BY RANGE (bucket);
            """);
        await ExecuteAsync(
            "SELECT llm.ensure_partitions((SELECT string_agg(to_char((now() AT TIME ZONE 'UTC')::date - d, 'YYYY-MM-DD'), ',') FROM unnest(ARRAY[0, 1, 2, 3, 4, 150]) d), '')");

        await RetainAsync(DataSource, new PostgresLlmOptions { RollupRetention = TimeSpan.FromDays(100) });

        (await PartitionsAsync("rollup_minutes")).ShouldStartWith(OfDay(2, "rollup_minutes") + " ");
        (await PartitionsAsync("rollup_hours")).ShouldNotContain($"rollup_hours_{DateTime.UtcNow.AddDays(-150):yyyyMM} ");
        (await ExistsAsync($"rollup_hours_{DateTime.UtcNow:yyyyMM}")).ShouldBeTrue();
        (await ExistsAsync(OfDay(150))).ShouldBeFalse();
        (await ExistsAsync(OfDay(4))).ShouldBeTrue();
    }

    [Fact]
    public async Task Rows_for_a_day_that_goes_meanwhile_are_written_or_put_aside_and_the_writing_goes_on()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(3000) });
        (await store.WriteAsync(Calls(40), Token)).Written.ShouldBe(10);
        await RetainAsync(DataSource, Keeping30);
        (await ExistsAsync(OfDay(40))).ShouldBeFalse();

        // Of an instance that keeps more, or whose batch was divided a moment before: the partition is made again, and goes again.
        (await store.WriteAsync(Calls(40), Token)).Written.ShouldBe(10);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(10);

        await using var reader = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(reader, "BEGIN; SELECT count(*) FROM llm.calls");
        await StuckAsync(DataSource);
        (await PartitionsAsync("calls")).ShouldContain("detaching");
        var late = Calls(40, 5);
        var result = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. late.Envelopes, .. Calls(0, 5).Envelopes]), Token);
        (result.Written, result.Rejected?.Count, result.Rejected?[0].Reason).ShouldBe((5, 5, LlmDropReason.OutsideWindow));

        await RunAsync(reader, "COMMIT");
        await RemovedAsync(DataSource, 40);
    }

    /// <summary>Runs the step until those are gone, with a bound: another session may be in the way for a moment.</summary>
    private async Task RemovedAsync(NpgsqlDataSource source, params int[] daysAgo)
    {
        var names = string.Join(" AND ", daysAgo.Select(days => $"to_regclass('llm.{OfDay(days)}') IS NULL"));
        for (var round = 0; round < 20 && !await ScalarAsync<bool>("SELECT " + names); round++)
        {
            try
            {
                await RetainAsync(source, Keeping30);
            }
            catch (LlmSinkException)
            {
                // It says that something was in use; then the next round does it.
            }
        }

        (await ScalarAsync<bool>("SELECT " + names)).ShouldBeTrue(await PartitionsAsync("calls"));
    }

    /// <summary>The step while something is in use that should long be gone; what it says.</summary>
    private static async Task<string> StuckAsync(NpgsqlDataSource source) =>
        (await Should.ThrowAsync<LlmSinkException>(() => RetainAsync(source, Keeping30))).Message;

    /// <summary>Others read, write and make partitions until the step is over, and would fail if they waited for a lock.</summary>
    private async Task WhileOthersGoOnAsync(Task<bool> step)
    {
        await using var connection = await ImpatientAsync();
        var store = Store(new PostgresLlmOptions { Retention = TimeSpan.FromDays(3000) });
        var rounds = 0;
        do
        {
            await RunAsync(connection, "SELECT count(*) FROM llm.calls");
            await RunAsync(connection, $"SELECT llm.ensure_partitions('{DateTime.UtcNow.AddDays(-1 - (rounds++ % 28)):yyyy-MM-dd}', '')");
            (await store.WriteAsync(Calls(0, 2), Token)).Written.ShouldBe(2);
        }
        while (!step.IsCompleted && rounds < 1000);

        rounds.ShouldBeLessThan(1000);
        try
        {
            await step;
        }
        catch (LlmSinkException stuck) when (stuck.Message.Contains("always in use", StringComparison.Ordinal))
        {
            // As it should say.
        }
    }

    private async Task FilledAsync(params int[] daysAgo)
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(3000) });
        foreach (var days in daysAgo)
        {
            (await store.WriteAsync(Calls(days), Token)).Written.ShouldBe(10);
        }

        await Eventually.Is(() => store.Upkeep.All(state => state.EndedAt is not null), "the store's own upkeep is done for an hour");
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM llm.calls", connection);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>As the owner of the tables, or as a role with INSERT and EXECUTE only.</summary>
    private async Task<NpgsqlDataSource> SourceAsync(bool owner)
    {
        if (owner)
        {
            return NpgsqlDataSource.Create(ConnectionString);
        }

        var role = "writer" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE ROLE {role} LOGIN; {PostgresSchema.GrantWriterScript("llm", role)}");
        return NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, role));
    }
}
