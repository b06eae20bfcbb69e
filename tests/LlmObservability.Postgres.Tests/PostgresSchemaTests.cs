using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

public sealed class PostgresSchemaTests(PostgresServer server) : PostgresDatabase(server)
{
    private static LlmBatch Batch => new(Guid.NewGuid(), 1, ScriptedCalls.Create(20));

    [Fact]
    public async Task Eight_processes_may_migrate_at_once()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => PostgresLlmStore.Create(ConnectionString)).ToArray();

        await Task.WhenAll(stores.Select(store => store.PrepareAsync(Token).AsTask()));

        (await ScalarAsync<long>("SELECT count(*) FROM llm.schema_migrations")).ShouldBe(PostgresSchema.Version);
        foreach (var store in stores)
        {
            (await store.WriteAsync(Batch, Token)).Written.ShouldBe(20);
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Preparing_again_changes_nothing()
    {
        await PreparedAsync();
        var before = await ScalarAsync<DateTime>("SELECT max(applied_at) FROM llm.schema_migrations");

        await PreparedAsync();

        (await ScalarAsync<DateTime>("SELECT max(applied_at) FROM llm.schema_migrations")).ShouldBe(before);
    }

    [Theory]
    [InlineData("we\"ird Schema")]
    [InlineData("'; DROP SCHEMA llm; --")]
    [InlineData("Großes-模型.$1")]
    [InlineData("select")]
    public async Task Any_schema_name_works(string schema)
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Schema = schema });
        var batch = Batch;

        (await store.WriteAsync(batch, Token)).Written.ShouldBe(20);

        (await store.ListAsync(new() { Limit = 100 }, Token)).Calls.Count.ShouldBe(20);
        (await store.GetAsync(batch.Envelopes[0].CallId, Token)).ShouldNotBeNull();
        await using var command = DataSource.CreateCommand(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'calls'");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        (await command.ExecuteScalarAsync(Token)).ShouldBe(1L);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pg_llm")]
    [InlineData("a\0b")]
    [InlineData("this_name_has_more_than_the_sixty_three_bytes_that_postgresql_keeps")]
    public void A_schema_name_that_cannot_be_is_refused(string schema)
    {
        Should.Throw<ArgumentException>(() => Store(new PostgresLlmOptions { Schema = schema })).Message.ShouldContain("1 to 63 bytes");
    }

    [Fact]
    public async Task The_check_mode_refuses_a_database_that_is_not_migrated_and_changes_nothing()
    {
        var store = Store(new PostgresLlmOptions { SchemaMode = SchemaMode.Check });

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldBe(
            $"The schema \"llm\" has version 0, and version {PostgresSchema.Version} is needed: run the script of PostgresSchema.Script, or set SchemaMode to Apply.");
        (await ScalarAsync<long>("SELECT count(*) FROM pg_namespace WHERE nspname = 'llm'")).ShouldBe(0);

        await PreparedAsync();
        await store.PrepareAsync(Token);
        (await store.WriteAsync(Batch, Token)).Written.ShouldBe(20);
    }

    [Fact]
    public async Task Without_a_look_at_the_schema_a_missing_one_says_what_to_do()
    {
        var store = Store(new PostgresLlmOptions { SchemaMode = SchemaMode.None });

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(Batch, Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("apply the migrations");
    }

    [Theory]
    [InlineData("llm")]
    [InlineData("we\"ird Schema")]
    public async Task The_script_makes_the_schema_by_plain_execution(string schema)
    {
        await ExecuteAsync(PostgresSchema.Script(schema));

        var store = await PreparedAsync(new PostgresLlmOptions { Schema = schema, SchemaMode = SchemaMode.Check });
        (await store.WriteAsync(Batch, Token)).Written.ShouldBe(20);
        await PreparedAsync(new PostgresLlmOptions { Schema = schema, SchemaMode = SchemaMode.Apply });
        PostgresSchema.Script(schema, PostgresSchema.Version).ShouldNotContain("CREATE TABLE calls");
    }

    [Fact]
    public async Task A_schema_from_before_there_were_spans_of_attempts_keeps_its_views_as_they_were()
    {
        var script = PostgresSchema.Script("llm");
        await ExecuteAsync(script[..script.IndexOf("-- 0011_spans", StringComparison.Ordinal)] + "COMMIT;");
        var role = "reads" + DatabaseName;
        await ExecuteAsync($"CREATE ROLE {role}; GRANT SELECT ON llm.calls_readable TO {role}; DROP VIEW llm.tool_calls_readable");
        const string Options = "SELECT coalesce(array_to_string(reloptions, ','), '') FROM pg_class WHERE oid = 'llm.calls_readable'::regclass";
        var options = await ScalarAsync<string>(Options);

        var store = await PreparedAsync();
        var batch = Batch;
        (await store.WriteAsync(batch, Token)).Written.ShouldBe(20);
        // Twice: the second time through the staging tables.
        (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. batch.Envelopes]), Token)).AlreadyWritten.ShouldBe(20);

        (await ScalarAsync<string>(Options)).ShouldBe(options);
        (await ScalarAsync<bool>($"SELECT has_table_privilege('{role}', 'llm.calls_readable', 'SELECT')")).ShouldBeTrue();
        (await ScalarAsync<bool>("SELECT to_regclass('llm.tool_calls_readable') IS NULL")).ShouldBeTrue();
        var calls = batch.Envelopes.Cast<LlmCallEnvelope>().ToList();
        (await ScalarAsync<long>("SELECT count(parent_span_id) FROM llm.calls_readable")).ShouldBe(calls.Count(call => call.Call.ParentSpanId is not null));
        (await ScalarAsync<long>("SELECT count(span_id) FROM llm.attempts_readable"))
            .ShouldBe(calls.Sum(call => call.Attempts.Count(attempt => attempt.SpanId is not null)));
        (await store.GetAsync(calls[0].CallId, Token)).ShouldNotBeNull().ToolCalls.ShouldBe(calls[0].ToolCalls);
    }

    [Fact]
    public async Task A_newer_schema_is_not_written_to_and_calls_wait()
    {
        await PreparedAsync();
        await ExecuteAsync("INSERT INTO llm.schema_migrations (version, name, checksum) VALUES (999, 'later', 'x')");

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await PreparedAsync());

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("has version 999, newer than version");
    }

    [Fact]
    public async Task A_migration_with_another_checksum_is_not_written_to_and_calls_wait()
    {
        await PreparedAsync();
        await ExecuteAsync("UPDATE llm.schema_migrations SET checksum = 'x' WHERE version = 1");

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await PreparedAsync());

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("its checksum differs");
    }

    [Fact]
    public async Task Functions_are_for_nobody_by_default_and_look_only_into_their_schema()
    {
        await PreparedAsync();

        const string Functions = "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'llm'";
        var count = await ScalarAsync<long>($"SELECT count(*) {Functions}");
        count.ShouldBeGreaterThan(10);
        (await ScalarAsync<long>($"SELECT count(*) {Functions} AND has_function_privilege('public', p.oid, 'EXECUTE')")).ShouldBe(0);
        (await ScalarAsync<long>(
            $"SELECT count(*) {Functions} AND p.prosecdef AND 'search_path=llm, pg_temp' = ANY (p.proconfig)")).ShouldBe(count);
    }

    [Fact]
    public async Task Every_query_field_is_a_column()
    {
        await PreparedAsync();

        foreach (var field in Queries.LlmField.All)
        {
            await using var command = DataSource.CreateCommand(
                "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'llm' AND table_name = 'calls' AND column_name = $1");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = field.Name });
            (await command.ExecuteScalarAsync(Token)).ShouldBe(1L, field.Name);
        }
    }

    [Fact]
    public async Task Many_writers_may_need_the_same_new_partitions_at_once()
    {
        await PreparedAsync();
        var stores = Enumerable.Range(0, 8).Select(_ => PostgresLlmStore.Create(ConnectionString)).ToArray();

        var results = await Task.WhenAll(stores.Select((store, i) =>
            store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(50, seed: i)), Token).AsTask()));

        results.ShouldAllBe(result => result.Written == 50);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(400);
        (await ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'llm.calls'::regclass")).ShouldBe(6);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }
}
