using LlmObservability.Pricing;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>The sums are those of the calls, whatever comes, in whatever order, and whoever folds.</summary>
public sealed class RollupTests(PostgresServer server) : PostgresDatabase(server)
{
    private static readonly DateOnly FirstDay = PostgresPartitions.DayOf(ScriptedCalls.TenDaysAgo);
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    private readonly Guid _writer = Guid.NewGuid();

    [Fact]
    public async Task Sums_are_those_of_the_calls_before_and_after_folding()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team"] });
        await using (var connection = await DataSource.OpenConnectionAsync(Token))
        await using (await connection.BeginTransactionAsync(Token))
        {
            // As another instance that folds: the store's own folding leaves it alone.
            await using var folding = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.fold.llm', 0))", connection);
            await folding.ExecuteNonQueryAsync(Token);
            await store.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(300), .. Now(300)]), Token);

            await ShouldBeRightAsync(store);
            (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_deltas WHERE rollup = 'service'")).ShouldBe(600);
        }

        await store.FoldRollupsAsync(Token);

        await ShouldBeRightAsync(store);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_deltas")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_value_deltas")).ShouldBe(0);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_days WHERE rollup = 'model'")).ShouldBe(600);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_hours WHERE rollup = 'tenant'")).ShouldBe(600);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_minutes WHERE rollup = 'ending'")).ShouldBe(300);
    }

    [Fact]
    public async Task A_sum_that_is_wrong_is_told()
    {
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(50)), Token);
        await store.FoldRollupsAsync(Token);

        await ExecuteAsync("UPDATE llm.rollup_hours SET cost_input_nanos = coalesce(cost_input_nanos, 0) + 1 WHERE rollup = 'model'");
        await ExecuteAsync("UPDATE llm.rollup_value_days SET calls = calls + 1");

        var told = await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token);
        told.ShouldContain(difference => difference.Contains("'model' by the hour"));
        told.ShouldContain(difference => difference.Contains("users by the day"));
        told.ShouldNotContain(difference => difference.Contains("tenant"));
    }

    [Fact]
    public async Task What_comes_again_is_summed_once()
    {
        var store = await PreparedAsync();
        var envelopes = Now(200);
        var batch = new LlmBatch(_writer, 1, envelopes);
        await store.WriteAsync(batch.Slice(0, 120), Token);
        await store.WriteAsync(batch, Token);
        await store.WriteAsync(batch.Slice(50, 100), Token);

        // By another writer, whose numbers the ledger does not know: found by their ids, some of them new.
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. envelopes.Take(30), .. Now(30, seed: 9), envelopes[0]]), Token);

        await ShouldBeRightAsync(store);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_days WHERE rollup = 'model'")).ShouldBe(230);
    }

    [Fact]
    public async Task Rows_of_a_period_that_is_over_are_one_for_each_key()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(200);
        for (var i = 0; i < 4; i++)
        {
            await store.WriteAsync(new LlmBatch(_writer, (i * 50) + 1, [.. envelopes.Skip(i * 50).Take(50)]), Token);
            await store.FoldRollupsAsync(Token);
        }

        await ShouldBeRightAsync(store);
        foreach (var level in new[] { "hours", "days" })
        {
            (await ScalarAsync<long>(
                $"SELECT count(*) FROM (SELECT FROM llm.rollup_{level} GROUP BY bucket, rollup, environment, service, service_version, operation, provider, model, "
                + "route, tenant, feature, config, variant, error_type, finish_reason HAVING count(*) > 1) AS d")).ShouldBe(0);
            (await ScalarAsync<long>(
                $"SELECT count(*) FROM (SELECT FROM llm.rollup_value_{level} GROUP BY bucket, field, value HAVING count(*) > 1) AS d")).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_period_that_is_not_over_is_merged_when_it_was_folded_often()
    {
        var store = await PreparedAsync();
        var envelopes = Now(80);
        for (var i = 0; i < 40; i++)
        {
            await store.WriteAsync(new LlmBatch(_writer, (i * 2) + 1, [.. envelopes.Skip(i * 2).Take(2)]), Token);
            await store.FoldRollupsAsync(Token);
        }

        await ShouldBeRightAsync(store);
        (await ScalarAsync<long>("SELECT max(n) FROM (SELECT count(*) AS n FROM llm.rollup_days GROUP BY bucket, rollup, environment, service, service_version, "
            + "operation, provider, model, route, tenant, feature, config, variant, error_type, finish_reason) AS d")).ShouldBeLessThan(32);
    }

    [Fact]
    public async Task Eight_stores_write_and_fold_at_once_and_no_sum_is_off()
    {
        await PreparedAsync();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(async writer =>
        {
            var store = Store();
            var envelopes = Now(120, writer);
            for (var i = 0; i < 6; i++)
            {
                await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. envelopes.Skip(i * 20).Take(20)]), Token);
                await store.FoldRollupsAsync(Token);
            }
        }));

        var last = Store();
        await ShouldBeRightAsync(last);
        await last.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(last);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_days WHERE rollup = 'experiment'")).ShouldBe(960);
    }

    [Fact]
    public async Task A_folding_that_dies_has_done_nothing()
    {
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(100)), Token);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var blocking = new NpgsqlCommand("LOCK TABLE llm.rollup_days IN EXCLUSIVE MODE", connection))
        {
            await blocking.ExecuteNonQueryAsync(Token);
        }

        var folding = Should.ThrowAsync<NpgsqlException>(store.FoldRollupsAsync(Token));
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rollup_days%' AND pid <> pg_backend_pid() AND datname = current_database())");
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rollup_days%' AND pid <> pg_backend_pid() AND datname = current_database()");
        await folding;
        await transaction.RollbackAsync(Token);

        await ShouldBeRightAsync(store);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task A_partition_of_sums_that_is_gone_is_made_again_though_its_days_were_written_before()
    {
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(20)), Token);
        await store.FoldRollupsAsync(Token);

        // As retention does where sums are kept for less long than their calls.
        await ExecuteAsync("DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'llm.rollup_hours'::regclass LOOP "
            + "EXECUTE 'DROP TABLE ' || t; END LOOP; END $$");
        await store.WriteAsync(new LlmBatch(_writer, 21, Now(20, seed: 3)), Token);
        await store.FoldRollupsAsync(Token);

        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_deltas")).ShouldBe(0);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_hours WHERE rollup = 'model'")).ShouldBe(20);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_days WHERE rollup = 'model'")).ShouldBe(40);
    }

    [Fact]
    public async Task Rebuilding_gives_the_same_sums()
    {
        var options = new PostgresLlmOptions { RollupTags = ["team"] };
        var store = await PreparedAsync(options);
        await store.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(200), .. Now(200)]), Token);
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync("UPDATE llm.rollup_days SET calls = 7; DELETE FROM llm.rollup_hours; TRUNCATE llm.rollup_value_days");
        await store.WriteAsync(new LlmBatch(_writer, 401, Now(20, seed: 5)), Token);

        (await store.RebuildRollupsAsync(FirstDay, Today, Token)).ShouldBe(420);

        await ShouldBeRightAsync(store);
        (await store.RebuildRollupsAsync(FirstDay, Today, Token)).ShouldBe(420);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Whoever_rebuilds_or_reprices_without_the_tags_that_others_sum_sums_them_too()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team"] });
        await store.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(200)]), Token);
        await using var bare = Store();

        await bare.RebuildRollupsAsync(FirstDay, Today, Token);
        await ShouldBeRightAsync(store);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_value_days WHERE field = 'tag.team'")).ShouldBeGreaterThan(0);

        var report = await bare.RepriceAsync(
            PriceCatalog.LoadDefault(), new PostgresRepricingRequest { From = ScriptedCalls.TenDaysAgo, To = ScriptedCalls.TenDaysAgo.AddDays(4) }, Token);
        report.Changed.ShouldBeGreaterThan(0);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Whoever_writes_without_the_tags_that_others_sum_soon_sums_them_too()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var bare = new PostgresLlmStore(DataSource, null, time);
        await bare.PrepareAsync(Token);
        var store = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team"] });
        time.Advance(TimeSpan.FromMinutes(10));

        await bare.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(200)]), Token);

        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_value_days WHERE field = 'tag.team'")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Rebuilding_while_others_write_and_fold_loses_and_doubles_nothing()
    {
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(200)), Token);
        using var over = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                var other = Store();
                for (var i = 0; i < 200 && !over.IsCancellationRequested; i++)
                {
                    await other.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, Now(10, seed: 100 + i)), Token);
                    await other.FoldRollupsAsync(Token);
                }
            },
            Token);
        for (var i = 0; i < 5; i++)
        {
            await store.RebuildRollupsAsync(Today.AddDays(-1), Today, Token);
        }

        await over.CancelAsync();
        await writing;

        await ShouldBeRightAsync(store);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Days_whose_calls_may_be_gone_are_not_rebuilt()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(5) });

        await Should.ThrowAsync<ArgumentOutOfRangeException>(store.RebuildRollupsAsync(Today.AddDays(-5), Today, Token));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(store.RebuildRollupsAsync(Today, Today.AddDays(-1), Token));
        (await store.RebuildRollupsAsync(Today.AddDays(-4), Today, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Values_beyond_the_cap_share_their_sums()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team", "{0}'\\"], MaxRollupValues = 2 });
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(300)), Token);
        await store.FoldRollupsAsync(Token);

        await ShouldBeRightAsync(store);
        (await ScalarAsync<long>($"SELECT max(n) FROM (SELECT count(DISTINCT value) AS n FROM llm.rollup_value_days GROUP BY bucket, field) AS v")).ShouldBe(2);
        (await ScalarAsync<decimal>("SELECT sum(calls) FROM llm.rollup_value_days WHERE field = 'tag.team' AND value IS NULL")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_role_that_may_only_write_folds()
    {
        await PreparedAsync();
        var role = "writer_" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'secret'");
        await ExecuteAsync(PostgresSchema.GrantWriterScript("llm", role));
        await using var store = PostgresLlmStore.Create(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Username = role, Password = "secret" }.ConnectionString,
            new PostgresLlmOptions { SchemaMode = SchemaMode.Check });
        await store.PrepareAsync(Token);

        await store.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(100), .. Now(100)]), Token);
        await store.FoldRollupsAsync(Token);

        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_deltas")).ShouldBe(0);
        await ShouldBeRightAsync(Store());
    }

    private static LlmCallEnvelope[] Now(int count, int seed = 2)
    {
        var script = new ScriptedCalls(seed, DateTimeOffset.UtcNow.AddHours(-2), TimeSpan.FromHours(1));
        return [.. Enumerable.Range(0, count).Select(_ => script.NextEnvelope())];
    }

    private static async Task ShouldBeRightAsync(PostgresLlmStore store)
    {
        (await store.CheckRollupsAsync(FirstDay, FirstDay.AddDays(3), Token)).ShouldBeEmpty();
        (await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token)).ShouldBeEmpty();
    }
}
