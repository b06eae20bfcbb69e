using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>What the store forgets, and what it refuses since then.</summary>
public sealed class PostgresPruningTests(PostgresServer server) : PostgresDatabase(server)
{
    private const long Days = 86_400;
    private const string Horizon = "SELECT round(extract(epoch FROM now() - horizon) / 86400) FROM llm.ledger_horizon";

    // What came with the fourth version and after it.
    private static readonly string[] Later = ["timestamptz", ".prune(", "(text, text)", ".expired_partitions(", ".expire_partitions(", ".merge_batch(", ".rollup_", ".take_"];

    private readonly Guid _old = Guid.NewGuid();
    private readonly Guid _active = Guid.NewGuid();

    [Fact]
    public async Task Writers_that_committed_nothing_for_long_are_forgotten_behind_the_next_write_and_others_wholly_kept()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(20) });
        await EntryAsync(_old, 1, 100, 40);
        await EntryAsync(_old, 200, 300, 35);
        await EntryAsync(_active, 1, 5, 40);
        await EntryAsync(_active, 7, 9, 10);
        await AsideAsync(25);
        await AsideAsync(19);

        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(3)), Token);

        await UntilAsync($"SELECT count(*) = 0 FROM llm.ledger WHERE writer_id = '{_old}'");
        await UntilAsync("SELECT count(*) = 1 FROM llm.rejected");
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.ledger WHERE writer_id = '{_active}'")).ShouldBe(2);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(3);
        // A day of margin for clocks after the newest entry that is gone.
        (await ScalarAsync<decimal>(Horizon)).ShouldBe(34);
    }

    [Fact]
    public async Task It_is_done_once_an_hour_and_its_failure_costs_no_write()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var store = Store(timeProvider: time);
        await store.PrepareAsync(Token);
        // What a sequence counts stays counted when its statement fails.
        await ExecuteAsync(
            """
            CREATE SEQUENCE tried;
            CREATE OR REPLACE FUNCTION llm.prune(ledger_seconds bigint, rejected_seconds bigint) RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('public.tried'); RAISE 'no'; END $$;
            """);
        (await store.WriteAsync(new LlmBatch(_active, 1, ScriptedCalls.Create(3)), Token)).Written.ShouldBe(3);
        await UntilAsync("SELECT is_called FROM tried");

        time.Advance(TimeSpan.FromMinutes(59));
        (await store.WriteAsync(new LlmBatch(_active, 4, ScriptedCalls.Create(3, seed: 2)), Token)).Written.ShouldBe(3);
        time.Advance(TimeSpan.FromMinutes(2));
        (await store.WriteAsync(new LlmBatch(_active, 7, ScriptedCalls.Create(3, seed: 3)), Token)).Written.ShouldBe(3);

        await UntilAsync("SELECT last_value >= 2 FROM tried");
        (await ScalarAsync<long>("SELECT last_value FROM tried")).ShouldBe(2);
    }

    [Fact]
    public async Task What_a_transaction_holds_is_left_and_nobody_waits()
    {
        await PreparedAsync();
        await EntryAsync(_old, 1, 100, 40);
        await EntryAsync(_active, 1, 100, 40);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var grow = new NpgsqlCommand("SELECT * FROM llm.claim_batch($1, 101, 110)", connection))
        {
            grow.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _active });
            await grow.ExecuteNonQueryAsync(Token);
        }

        (await ScalarAsync<bool>($"SELECT llm.prune({30 * Days}, {90 * Days})")).ShouldBeFalse();
        await transaction.CommitAsync(Token);

        (await ScalarAsync<string>("SELECT string_agg(writer_id || ' ' || first_sequence || ' ' || last_sequence, ',') FROM llm.ledger"))
            .ShouldBe($"{_active} 1 110");
    }

    [Fact]
    public async Task Many_may_prune_at_once_in_bounded_steps_and_the_horizon_never_goes_back()
    {
        await PreparedAsync();
        await ExecuteAsync(
            "INSERT INTO llm.ledger SELECT gen_random_uuid(), 1, 10, now() - interval '50 days' FROM generate_series(1, 25000);"
            + "INSERT INTO llm.ledger SELECT gen_random_uuid(), 1, 10, now() - interval '20 days' FROM generate_series(1, 50)");

        for (var round = 0; round < 20; round++)
        {
            var more = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ScalarAsync<bool>($"SELECT llm.prune({30 * Days}, {90 * Days})")));
            var left = await ScalarAsync<long>("SELECT count(*) FROM llm.ledger");
            left.ShouldBeGreaterThanOrEqualTo(50);
            if (left == 50)
            {
                break;
            }

            more.ShouldContain(true);
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(50);
        (await ScalarAsync<decimal>(Horizon)).ShouldBe(49);
        await ScalarAsync<bool>($"SELECT llm.prune({8 * Days}, {90 * Days})");
        (await ScalarAsync<decimal>(Horizon)).ShouldBe(19);
        await EntryAsync(_old, 1, 100, 60);
        await ScalarAsync<bool>($"SELECT llm.prune({30 * Days}, {90 * Days})");
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(0);
        (await ScalarAsync<decimal>(Horizon)).ShouldBe(19);
    }

    [Theory]
    [InlineData(7, 90)]
    [InlineData(367, 90)]
    [InlineData(30, 0)]
    [InlineData(30, 4000)]
    public async Task A_writer_cannot_make_the_store_forget_sooner_than_the_options_allow(long ledger, long rejected)
    {
        await PreparedAsync();
        (await Should.ThrowAsync<PostgresException>(() => ExecuteAsync($"SELECT llm.prune({ledger * Days}, {rejected * Days})"))).SqlState.ShouldBe("22023");
        await Should.ThrowAsync<PostgresException>(() => ExecuteAsync("SELECT llm.prune(NULL, NULL)"));
    }

    [Fact]
    public async Task A_spool_from_before_the_horizon_is_refused_and_one_from_after_it_is_written()
    {
        var store = await PreparedAsync();
        await EntryAsync(_old, 1, 100, 40);
        await ScalarAsync<bool>($"SELECT llm.prune({30 * Days}, {90 * Days})");
        var now = DateTimeOffset.UtcNow;
        var late = ScriptedCalls.Create(1)[0].Call;
        var outside = new LlmCallEnvelope(late with { Id = LlmCallId.Create(now.AddDays(-100)), StartedAt = now.AddDays(-100) });
        LlmEnvelope[] envelopes = [.. ScriptedCalls.Create(9), outside];
        // One is known to be in, though it is older than the horizon.
        await ExecuteAsync($"INSERT INTO llm.ledger VALUES ('{_active}', 3, 3)");

        var result = await store.WriteAsync(new LlmBatch(_active, 1, envelopes) { NumberedAt = now.AddDays(-39.1) }, Token);

        (result.Written, result.AlreadyWritten).ShouldBe((0, 1));
        var rejected = result.Rejected.ShouldNotBeNull();
        rejected.Select(rejection => rejection.Sequence).ShouldBe([1, 2, 4, 5, 6, 7, 8, 9, 10]);
        rejected.ShouldAllBe(rejection => rejection.Reason == LlmDropReason.Expired && rejection.Detail == rejected[0].Detail);
        rejected[0].Detail.ShouldNotBeNull().ShouldContain("Pipeline:MaxSpoolAge a day below LlmObservability:Postgres:LedgerRetention, which is 30 days");
        (await ScalarAsync<long>("SELECT (SELECT count(*) FROM llm.calls) + (SELECT count(*) FROM llm.rejected)")).ShouldBe(0);
        (await ScalarAsync<decimal>("SELECT sum(last_sequence - first_sequence + 1) FROM llm.ledger")).ShouldBe(1);

        // After the horizon, or numbered just now: as ever.
        result = await store.WriteAsync(new LlmBatch(_active, 1, envelopes) { NumberedAt = now.AddDays(-38.9) }, Token);
        (result.Written, result.AlreadyWritten, result.Rejected?.Single().Reason).ShouldBe((8, 1, LlmDropReason.OutsideWindow));
        (await store.WriteAsync(new LlmBatch(_old, 1, ScriptedCalls.Create(5, seed: 2)), Token)).Written.ShouldBe(5);

        // What is known to be in is told as that, however old.
        result = await store.WriteAsync(new LlmBatch(_active, 1, envelopes) { NumberedAt = now.AddDays(-50) }, Token);
        (result.Written, result.AlreadyWritten, result.Rejected?.Single().Reason).ShouldBe((0, 9, LlmDropReason.OutsideWindow));
    }

    [Fact]
    public async Task A_replay_is_written_once_though_the_ledger_was_never_pruned()
    {
        var store = await PreparedAsync();
        var batch = new LlmBatch(_old, 1, ScriptedCalls.Create(20)) { NumberedAt = DateTimeOffset.UnixEpoch };

        (await store.WriteAsync(batch.Slice(0, 12), Token)).ShouldBe(new LlmWriteResult(12, 0));
        (await store.WriteAsync(batch, Token)).ShouldBe(new LlmWriteResult(8, 12));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(20);
    }

    [Fact]
    public async Task From_the_third_version_on_writers_go_on_without_a_new_grant_and_the_old_claim_stays()
    {
        var role = "writer " + Guid.NewGuid().ToString("N");
        var script = PostgresSchema.Script("llm");
        await ExecuteAsync(script[..script.IndexOf("-- 0004", StringComparison.Ordinal)] + "COMMIT;");
        await ExecuteAsync($"CREATE ROLE \"{role}\" LOGIN");
        await ExecuteAsync(string.Join('\n', PostgresSchema.GrantWriterScript("llm", role).Split('\n')
            .Where(line => !Later.Any(name => line.Contains(name, StringComparison.Ordinal)))));
        await using var writers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, role));
        var store = new PostgresLlmStore(writers, new PostgresLlmOptions { SchemaMode = SchemaMode.Check });
        (await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token))).Message.ShouldContain($"has version 3, and version {PostgresSchema.Version} is needed");

        await ExecuteAsync(PostgresSchema.Script("llm", 3));

        await store.PrepareAsync(Token);
        await EntryAsync(_old, 1, 100, 40);
        var batch = new LlmBatch(_active, 1, ScriptedCalls.Create(10));
        (await store.WriteAsync(batch.Slice(0, 4), Token)).Written.ShouldBe(4);
        await UntilAsync($"SELECT count(*) = 0 FROM llm.ledger WHERE writer_id = '{_old}'");
        await using (var claim = writers.CreateCommand($"SELECT committed_last FROM llm.claim_batch('{_active}', 1, 6)"))
        {
            (await claim.ExecuteScalarAsync(Token)).ShouldBe(4L);
        }

        var replayed = new LlmBatch(_active, 1, batch.Envelopes) { NumberedAt = DateTimeOffset.UtcNow };
        (await store.WriteAsync(replayed, Token)).ShouldBe(new LlmWriteResult(4, 6));
    }

    [Fact]
    public async Task An_instance_that_prunes_while_a_replay_is_claimed_makes_no_row_come_twice()
    {
        var store = await PreparedAsync();
        // Under another name, the store does not prune by itself between the steps.
        await ExecuteAsync("ALTER FUNCTION llm.prune(bigint, bigint) RENAME TO prune_now");
        var envelopes = ScriptedCalls.Create(10);
        var batch = new LlmBatch(_old, 1, envelopes) { NumberedAt = DateTimeOffset.UtcNow.AddDays(-40) };
        await store.WriteAsync(batch, Token);
        await ExecuteAsync("UPDATE llm.ledger SET committed_at = now() - interval '40 days'");
        // The replay waits for its writer's lock behind its first look at the horizon.
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var locking = new NpgsqlCommand(
            "SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.writer.llm.' || $1, 0))", connection))
        {
            locking.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _old });
            await locking.ExecuteNonQueryAsync(Token);
        }

        var replay = store.WriteAsync(batch, Token).AsTask();
        await UntilAsync("SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'");
        await ScalarAsync<bool>($"SELECT llm.prune_now({30 * Days}, {90 * Days})");
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(0);
        await transaction.CommitAsync(Token);

        (await Should.ThrowAsync<LlmSinkException>(() => replay)).Failure.ShouldBe(LlmSinkFailure.Transient);
        var again = await store.WriteAsync(batch, Token);
        again.Rejected.ShouldNotBeNull().ShouldAllBe(rejection => rejection.Reason == LlmDropReason.Expired);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(10);
    }

    private Task EntryAsync(Guid writer, long first, long last, int daysAgo) =>
        ExecuteAsync($"INSERT INTO llm.ledger VALUES ('{writer}', {first}, {last}, now() - interval '{daysAgo} days')");

    private Task AsideAsync(int daysAgo) => ExecuteAsync(
        "INSERT INTO llm.rejected (rejected_at, writer_id, sequence, reason, kind, call_id, call_started_at, record) "
        + $"VALUES (now() - interval '{daysAgo} days', gen_random_uuid(), 1, 'poison', 'call', gen_random_uuid(), now(), '{{}}')");
}
