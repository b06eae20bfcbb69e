using LlmObservability.Pricing;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>The sums are those of the calls, whatever comes, in whatever order, and whoever folds.</summary>
public sealed class RollupTests(PostgresServer server) : RollupDatabase(server)
{
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
}
