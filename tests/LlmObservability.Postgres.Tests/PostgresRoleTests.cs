using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

public sealed class PostgresRoleTests(PostgresServer server) : PostgresDatabase(server)
{
    private const string Schema = "we\"ird Schema";
    private readonly string _role = "Role " + Guid.NewGuid().ToString("N");

    [Theory]
    [InlineData(SchemaMode.Apply)]
    [InlineData(SchemaMode.Check)]
    [InlineData(SchemaMode.None)]
    public async Task A_role_that_may_only_insert_writes_all_there_is(SchemaMode mode)
    {
        await using var writers = await RoleAsync(PostgresSchema.GrantWriterScript(Schema, _role));
        var store = new PostgresLlmStore(writers, new PostgresLlmOptions { Schema = Schema, SchemaMode = mode });
        var envelopes = ScriptedCalls.Create(50);
        var call = envelopes[0].Call;
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.StartedAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = call.StartedAt,
            Kind = "verdict",
        };
        var late = DateTimeOffset.UnixEpoch.AddYears(30);

        await store.PrepareAsync(Token);
        var result = await store.WriteAsync(
            new LlmBatch(
                Guid.NewGuid(),
                1,
                [
                    .. envelopes,
                    new LlmAmendmentEnvelope(amendment),
                    new LlmCallEnvelope(call with { Id = LlmCallId.Create(late), StartedAt = late }),
                ]),
            Token);
        var collided = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. envelopes, new LlmAmendmentEnvelope(amendment)]), Token);

        (result.Written, result.AlreadyWritten, result.Rejected?.Count).ShouldBe((51, 0, 1));
        collided.ShouldBe(new LlmWriteResult(0, 51));
        foreach (var table in new[] { "calls", "attempts", "tool_calls", "amendments", "ledger", "rejected", "schema_migrations", "staging_calls" })
        {
            (await RefusedAsync(writers, $"SELECT * FROM \"we\"\"ird Schema\".{table}")).ShouldBe("42501", table);
        }

        (await RefusedAsync(writers, "DELETE FROM \"we\"\"ird Schema\".calls")).ShouldBe("42501");
        (await RefusedAsync(writers, "INSERT INTO \"we\"\"ird Schema\".ledger VALUES (gen_random_uuid(), 1, 2)")).ShouldBe("42501");
        (await RefusedAsync(writers, "CREATE TABLE \"we\"\"ird Schema\".mine ()")).ShouldBe("42501");
    }

    [Fact]
    public async Task A_role_that_may_only_read_answers_queries_and_writes_nothing()
    {
        await using var readers = await RoleAsync(PostgresSchema.GrantReaderScript(Schema, _role));
        var owner = Store(new PostgresLlmOptions { Schema = Schema });
        var envelopes = ScriptedCalls.Create(20);
        await owner.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token);
        var store = new PostgresLlmStore(
            readers, new PostgresLlmOptions { Schema = Schema, SchemaMode = SchemaMode.Check, MaxScanWindow = TimeSpan.FromDays(30) });

        (await store.GetAsync(envelopes[0].CallId, Token)).ShouldNotBeNull();
        var all = new LlmFilter { From = ScriptedCalls.TenDaysAgo, To = ScriptedCalls.TenDaysAgo.AddDays(5) };
        foreach (var field in new[] { LlmField.Model, LlmField.User })
        {
            // From rollups, and from the calls.
            var request = new LlmAggregateRequest { Filter = all, GroupBy = [field], Percentiles = true };
            (await store.AggregateAsync(request, Token)).Total.Calls.ShouldBe(20);
        }

        var failure = await Should.ThrowAsync<LlmSinkException>(
            async () => await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token));
        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("PostgresSchema.GrantWriterScript");
        foreach (var relation in await RelationsAsync("NOT c.relispartition AND c.relname !~ '^(staging_|ledger|schema_migrations|repricing_jobs|rollup_periods)'"))
        {
            await using var command = readers.CreateCommand($"SELECT count(*) FROM \"we\"\"ird Schema\".{relation}");
            await command.ExecuteScalarAsync(Token);
        }

        (await ScalarAsync<long>(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'we\"ird Schema' AND c.relkind IN ('r', 'p', 'v') "
            + $"AND has_table_privilege('{_role}', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')")).ShouldBe(0);
        (await RelationsAsync($"c.relispartition AND has_table_privilege('{_role}', c.oid, 'SELECT')")).ShouldBeEmpty();
        (await ScalarAsync<long>(
            "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'we\"ird Schema' "
            + $"AND has_function_privilege('{_role}', p.oid, 'EXECUTE') AND p.proname <> 'schema_versions'")).ShouldBe(0);
    }

    [Theory]
    [InlineData("we\"ird Schema")]
    [InlineData("it's $llm$ 100%s \\ here")]
    public async Task What_a_later_version_adds_is_granted_where_it_is_there(string schema)
    {
        var quoted = "\"" + schema.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
        await PreparedAsync(new PostgresLlmOptions { Schema = schema });
        await ExecuteAsync($"CREATE ROLE \"{_role}\" LOGIN; CREATE TABLE IF NOT EXISTS {quoted}.rollup_days (n integer)");

        await ExecuteAsync(PostgresSchema.GrantReaderScript(schema, _role));

        await using var readers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _role));
        foreach (var relation in new[] { "rollup_days", "calls", "call_costs" })
        {
            await using var command = readers.CreateCommand($"SELECT count(*) FROM {quoted}.{relation}");
            (await command.ExecuteScalarAsync(Token)).ShouldBe(0L);
        }
    }

    [Fact]
    public async Task A_role_without_any_grant_is_told_what_it_needs()
    {
        await using var nobody = await RoleAsync("SELECT 1");
        var store = new PostgresLlmStore(nobody, new PostgresLlmOptions { Schema = Schema });

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("PostgresSchema.GrantWriterScript");
    }

    [Fact]
    public async Task A_role_that_may_not_migrate_is_told_who_can()
    {
        await using var nobody = await RoleAsync("SELECT 1");
        var store = new PostgresLlmStore(nobody, new PostgresLlmOptions { Schema = "another" });

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldStartWith("The role may not make or migrate schema \"another\" (42501): run the script of PostgresSchema.Script");
    }

    private async Task<List<string>> RelationsAsync(string condition)
    {
        await using var command = DataSource.CreateCommand(
            "SELECT quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            + $"WHERE n.nspname = 'we\"ird Schema' AND c.relkind IN ('r', 'p', 'v') AND {condition}");
        await using var reader = await command.ExecuteReaderAsync(Token);
        List<string> names = [];
        while (await reader.ReadAsync(Token))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task<string?> RefusedAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        return (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token))).SqlState;
    }

    private async Task<NpgsqlDataSource> RoleAsync(string grants)
    {
        await PreparedAsync(new PostgresLlmOptions { Schema = Schema });
        await ExecuteAsync($"CREATE ROLE \"{_role}\" LOGIN");
        await ExecuteAsync(grants);
        return NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _role));
    }
}
