using LlmObservability.Postgres;
using LlmObservability.Postgres.Tests.Rollups;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Reading;

public sealed class PostgresStatusTests(PostgresServer server) : RollupDatabase(server)
{
    [Fact]
    public async Task Every_table_of_the_schema_is_told_and_none_of_the_neighbours()
    {
        var store = await FilledAsync(50);
        await ExecuteAsync("CREATE TABLE llm.neighbours (n integer)");

        var tables = (await store.GetStatusAsync(Token)).Tables;

        var expected = await NamesAsync("SELECT relname FROM pg_class WHERE relnamespace = 'llm'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'neighbours'");
        tables.Select(table => table.Name).ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public async Task Sizes_partitions_and_their_bounds_are_the_catalog_s()
    {
        var store = await FilledAsync(200);
        var status = await store.GetStatusAsync(Token);

        var calls = status.Tables.Single(table => table.Name == "calls");
        calls.Partitions.ShouldBe((int)await ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'llm.calls'::regclass"));
        calls.SizeBytes.ShouldBe(await ScalarAsync<long>(
            "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'llm.calls'::regclass"));
        calls.From.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(ScriptedCalls.TenDaysAgo);
        calls.To.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(ScriptedCalls.TenDaysAgo.AddDays(3));
        calls.From.Value.TimeOfDay.ShouldBe(TimeSpan.Zero);
        status.SchemaVersion.ShouldBe(PostgresSchema.Version);
        status.SizeBytes.ShouldBe(status.Tables.Sum(table => table.SizeBytes));
        status.Tables.Single(table => table.Name == "rollup_days").Partitions.ShouldBeNull();

        await ExecuteAsync("ANALYZE llm.calls");
        (await store.GetStatusAsync(Token)).Tables.Single(table => table.Name == "calls").Rows.ShouldBe(200);
    }

    [Theory]
    [InlineData("German")]
    [InlineData("SQL, DMY")]
    public async Task Whatever_form_dates_have_in_a_session_the_bounds_are_the_same(string style)
    {
        var store = await FilledAsync(10);
        var expected = (await store.GetStatusAsync(Token)).Tables;
        await ExecuteAsync($"ALTER DATABASE {DatabaseName} SET datestyle = '{style}'; ALTER DATABASE {DatabaseName} SET timezone = 'America/St_Johns'");
        await using var fresh = NpgsqlDataSource.Create(ConnectionString + ";Application Name=fresh");

        var other = new PostgresLlmStore(fresh, new PostgresLlmOptions { Schema = "llm" });

        (await other.GetStatusAsync(Token)).Tables.Select(table => (table.Name, table.From, table.To)).ShouldBe(expected.Select(table => (table.Name, table.From, table.To)));
    }

    [Fact]
    public async Task What_waits_to_be_folded_is_told_until_it_is_folded()
    {
        var store = await FilledAsync(100);
        var before = await store.GetStatusAsync(Token);
        before.WaitingDeltas.ShouldBe(await ScalarAsync<long>("SELECT (SELECT count(*) FROM llm.rollup_deltas) + (SELECT count(*) FROM llm.rollup_value_deltas)"));
        before.WaitingDeltas.ShouldNotBeNull().ShouldBeGreaterThan(0);
        before.RollupLag.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromDays(7));

        await store.FoldRollupsAsync(Token);

        var after = await store.GetStatusAsync(Token);
        (after.WaitingDeltas, after.RollupLag).ShouldBe((0L, TimeSpan.Zero));
    }

    [Fact]
    public async Task However_many_sums_of_one_kind_wait_the_oldest_of_the_other_is_seen()
    {
        var store = await FilledAsync(10);
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync("INSERT INTO llm.rollup_value_deltas (bucket, field, value, calls) VALUES (date_trunc('hour', now()), 'user', 'u', 1)");
        // By the hour: what came in this one need not wait at all.
        (await LagAsync()).ShouldBe((1L, TimeSpan.Zero));

        await ExecuteAsync("INSERT INTO llm.rollup_deltas (bucket, rollup, calls) SELECT date_trunc('minute', now() - interval '5 minutes'), 'total', 1 FROM generate_series(1, 100001)");
        var (count, lag) = await LagAsync();
        count.ShouldBe(100_001);
        lag.ShouldBeInRange(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

        await ExecuteAsync("INSERT INTO llm.rollup_value_deltas (bucket, field, value, calls) VALUES (date_trunc('hour', now() - interval '5 hours'), 'user', 'u', 1)");
        (count, lag) = await LagAsync();
        count.ShouldBe(100_002);
        lag.ShouldBeInRange(TimeSpan.FromHours(4), TimeSpan.FromHours(5.2));

        async Task<(long? Count, TimeSpan Lag)> LagAsync()
        {
            var status = await store.GetStatusAsync(Token);
            return (status.WaitingDeltas, status.RollupLag.ShouldNotBeNull());
        }
    }

    [Fact]
    public async Task A_role_that_reads_is_told_all_and_one_that_writes_what_the_catalog_says()
    {
        var store = await FilledAsync(50);
        var all = await store.GetStatusAsync(Token);
        await using var readers = await RoleAsync(PostgresSchema.GrantReaderScript);
        await using var writers = await RoleAsync(PostgresSchema.GrantWriterScript);

        var read = await new PostgresLlmStore(readers, new PostgresLlmOptions { Schema = "llm" }).GetStatusAsync(Token);
        var written = await new PostgresLlmStore(writers, new PostgresLlmOptions { Schema = "llm" }).GetStatusAsync(Token);

        (read.OldestCallAt, read.NewestCallAt, read.WaitingDeltas, read.SchemaVersion).ShouldBe(
            (all.OldestCallAt, all.NewestCallAt, all.WaitingDeltas, all.SchemaVersion));
        read.Tables.Select(table => (table.Name, table.SizeBytes)).ShouldBe(all.Tables.Select(table => (table.Name, table.SizeBytes)));
        (written.OldestCallAt, written.WaitingDeltas, written.RollupLag, written.SizeBytes).ShouldBe((null, null, null, all.SizeBytes));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_holds_nobody_up_longer_than_the_bound()
    {
        var store = new PostgresLlmStore(DataSource, new PostgresLlmOptions { Schema = "llm", CommandTimeout = TimeSpan.FromSeconds(1) });
        await store.PrepareAsync(Token);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var locking = new NpgsqlCommand("LOCK TABLE llm.calls IN ACCESS EXCLUSIVE MODE", connection, transaction))
        {
            await locking.ExecuteNonQueryAsync(Token);
        }

        await Should.ThrowAsync<Exception>(async () => await store.GetStatusAsync(Token)).WaitAsync(Eventually.Bound, Token);
    }

    /// <summary>Written by what keeps nothing up behind it, so that nothing is folded or made meanwhile.</summary>
    private async Task<PostgresLlmStore> FilledAsync(int calls)
    {
        var sink = Sink();
        await sink.PrepareAsync(Token);
        await sink.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(calls)), Token);
        return Store();
    }

    private async Task<NpgsqlDataSource> RoleAsync(Func<string, string, string> grants)
    {
        var role = "r" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE ROLE {role} LOGIN");
        await ExecuteAsync(grants("llm", role));
        return NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, role));
    }

    private async Task<List<string>> NamesAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        List<string> names = [];
        while (await reader.ReadAsync(Token))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
