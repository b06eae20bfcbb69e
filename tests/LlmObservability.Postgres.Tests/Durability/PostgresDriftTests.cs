using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.AI;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>
/// What somebody changes about the database under a running application: one clear sentence, records wait, and they are
/// written by themselves when it is put right.
/// </summary>
public sealed class PostgresDriftTests(PostgresServer server) : PostgresDatabase(server)
{
    private readonly string _role = "drift" + Guid.NewGuid().ToString("N");

    /// <summary>What happens, what puts it right, and words of the sentence. R is the role, D the database.</summary>
    public static TheoryData<string, string, string> Drifts => new()
    {
        { "ALTER TABLE llm.calls RENAME COLUMN geo TO place", "ALTER TABLE llm.calls RENAME COLUMN place TO geo", "(42703, geo): apply the migrations" },
        { "ALTER TABLE llm.calls RENAME TO mislaid", "ALTER TABLE llm.mislaid RENAME TO calls", "(42P01, calls): apply the migrations" },
        { "ALTER TABLE llm.ledger RENAME TO mislaid", "ALTER TABLE llm.mislaid RENAME TO ledger", "(42P01, ledger): apply the migrations" },
        {
            "ALTER FUNCTION llm.claim_batch(uuid, bigint, bigint) RENAME TO mislaid",
            "ALTER FUNCTION llm.mislaid(uuid, bigint, bigint) RENAME TO claim_batch", "(42883, claim_batch): apply the migrations"
        },
        { "ALTER SCHEMA llm RENAME TO mislaid", "ALTER SCHEMA mislaid RENAME TO llm", "The schema \"llm\" has version 0" },
        {
            "CREATE TABLE kept AS SELECT * FROM llm.schema_migrations WHERE version > 3; DELETE FROM llm.schema_migrations WHERE version > 3",
            "INSERT INTO llm.schema_migrations SELECT * FROM kept", $"has version 3, and version {PostgresSchema.Version} is needed: run the script"
        },
        {
            "INSERT INTO llm.schema_migrations (version, name, checksum) VALUES (999, 'later', 'x')",
            "DELETE FROM llm.schema_migrations WHERE version = 999", $"has version 999, newer than version {PostgresSchema.Version} that this library knows: update LlmObservability.Postgres"
        },
        {
            // The server alters no column that a view shows.
            "DROP VIEW llm.call_costs, llm.calls_readable; ALTER TABLE llm.calls ALTER COLUMN duration_us TYPE integer",
            "ALTER TABLE llm.calls ALTER COLUMN duration_us TYPE bigint", "another type than its migration gave it (22P03)"
        },
        { "REVOKE INSERT ON llm.calls FROM R", "GRANT INSERT ON llm.calls TO R", "(42501): run the script of PostgresSchema.GrantWriterScript" },
        {
            "REVOKE EXECUTE ON FUNCTION llm.claim_batch(uuid, bigint, bigint) FROM R",
            "GRANT EXECUTE ON FUNCTION llm.claim_batch(uuid, bigint, bigint) TO R", "(42501): run the script of PostgresSchema.GrantWriterScript"
        },
        { "REVOKE USAGE ON SCHEMA llm FROM R", "GRANT USAGE ON SCHEMA llm TO R", "(42501): run the script of PostgresSchema.GrantWriterScript" },
        { "ALTER ROLE R SET default_transaction_read_only = on", "ALTER ROLE R RESET default_transaction_read_only", "(25006): cannot execute" },
        { "ALTER ROLE R NOLOGIN", "ALTER ROLE R LOGIN", "(28000): role \"R\" is not permitted to log in; correct user and password" },
        { "ALTER ROLE R CONNECTION LIMIT 0", "ALTER ROLE R CONNECTION LIMIT -1", "(53300): too many connections for role \"R\"; raise max_connections" },
        { "ALTER DATABASE D CONNECTION LIMIT 0", "ALTER DATABASE D CONNECTION LIMIT -1", "(53300): too many connections for database \"D\"" },
        {
            "CREATE FUNCTION disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'hidden-word' USING ERRCODE = '53100'; END $$;"
            + "CREATE TRIGGER disk BEFORE INSERT ON llm.calls FOR EACH ROW EXECUTE FUNCTION disk()",
            "DROP TRIGGER disk ON llm.calls", "(53100); make room on the server's disk."
        },
    };

    [Theory]
    [MemberData(nameof(Drifts))]
    public async Task A_drift_is_told_in_a_sentence_and_records_wait_until_it_is_put_right(string drift, string repair, string told)
    {
        await PreparedAsync();
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN; {PostgresSchema.GrantWriterScript("llm", _role)}");
        await using var writers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _role));
        var log = new RecordedLog();
        var store = new PostgresLlmStore(writers, new PostgresLlmOptions { SchemaMode = SchemaMode.Check });
        // Seen when the store is prepared only: instances that run already go on while others are upgraded.
        var atStart = drift.Contains("schema_migrations", StringComparison.Ordinal);
        if (atStart)
        {
            await ExecuteAsync(drift);
        }

        await using var observer = LlmObserver.Create(
            [store],
            new LlmObservabilityOptions
            {
                Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(1), RetryDelay = TimeSpan.FromMilliseconds(5), MaxRetryDelay = TimeSpan.FromMilliseconds(20) },
            },
            loggerFactory: log);
        var client = new ScriptedChatClient().WithLlmObservability(observer);
        await CallAsync(client);
        if (!atStart)
        {
            await observer.FlushAsync(Token);
            await ExecuteAsync(Named(drift));
        }

        // What a session holds, it has from before.
        await ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{_role}'");
        writers.Clear();
        await CallAsync(client);
        await Eventually.Is(() => Sink(observer).Failure?.Contains(Named(told), StringComparison.Ordinal) == true, "the sentence: " + Sink(observer).Failure);
        var sentence = Sink(observer).Failure!;
        Sink(observer).State.ShouldBe(LlmSinkState.Retrying);

        await ExecuteAsync(Named(repair));
        await CallAsync(client);
        // A transaction that a fault left open ends by the server's own bound of 30 s, and its writer's next one waits for that.
        await Eventually.Is(() => Sink(observer) is { } sink && sink.Written + sink.AlreadyWritten == 30, "all is written once it is put right", TimeSpan.FromMinutes(1));

        observer.GetStatistics().Dropped.ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls")).ShouldBe(30);
        sentence.ShouldEndWith(".");
        sentence.ShouldNotContain('\n');
        sentence.ShouldNotContain("hidden-word");
        // Once when it begins, however often it was tried.
        log.Events.Count(name => name == "SinkFailing").ShouldBe(log.Events.Count(name => name == "SinkRecovered"));
        log.Events.ShouldContain("SinkFailing");
    }

    [Theory]
    [InlineData("57014", "query_canceled", "(57014): canceling statement due to user request; find what holds it up")]
    [InlineData("55P03", "lock_timeout", "(55P03): canceling statement due to lock timeout; find who holds the lock")]
    [InlineData("40P01", "deadlock_detected", "(40P01); it collided")]
    [InlineData("40001", "serialization_failure", "(40001); it collided")]
    [InlineData("57P01", "admin_shutdown", "(57P01); it is tried again")]
    [InlineData("58030", "io_error", "(58030)")]
    [InlineData("XX001", "data_corrupted", "(XX001)")]
    public async Task A_fault_of_the_server_while_it_writes_is_for_now_and_quotes_no_row(string state, string how, string told)
    {
        await PreparedAsync();
        var act = how switch
        {
            "query_canceled" => "PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(10);",
            "lock_timeout" => "SET LOCAL lock_timeout = 20; LOCK TABLE public.held;",
            _ => $"RAISE 'hidden-word %', NEW.id USING ERRCODE = '{state}';",
        };
        await ExecuteAsync(
            $"""
            CREATE TABLE public.held ();
            CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act} RETURN NEW; END $$;
            CREATE TRIGGER act BEFORE INSERT ON llm.calls FOR EACH ROW EXECUTE FUNCTION act();
            """);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var holding = await connection.BeginTransactionAsync(Token);
        await using (var hold = new NpgsqlCommand("LOCK TABLE public.held", connection))
        {
            await hold.ExecuteNonQueryAsync(Token);
        }

        await using var store = PostgresLlmStore.Create(ConnectionString);
        var batch = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(1));

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(batch, Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldStartWith("PostgreSQL could not do it " + told);
        failure.ToString().ShouldNotContain("hidden-word");
        await holding.RollbackAsync(Token);
        await ExecuteAsync("DROP TRIGGER act ON llm.calls");
        (await store.WriteAsync(batch, Token)).Written.ShouldBe(1);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_named_and_no_password_is()
    {
        await using var store = PostgresLlmStore.Create(Server.ConnectionString("nowhere") + ";Password=hidden-word");

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldBe(
            "PostgreSQL could not do it (3D000): database \"nowhere\" does not exist; create the database, or correct its name in the connection string.");
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_it_and_a_right_one_is_taken_without_a_restart()
    {
        var rules = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(rules, "host all keyed 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n", Token);
            if (!OperatingSystem.IsWindows())
            {
                // The server runs as another user where the tests run as root.
                File.SetUnixFileMode(rules, File.GetUnixFileMode(rules) | UnixFileMode.OtherRead | UnixFileMode.GroupRead);
            }

            await using var own = new PostgresServer { Settings = ["hba_file=" + rules] };
            await own.InitializeAsync();
            await using var owner = NpgsqlDataSource.Create(own.ConnectionString());
            async Task OwnerAsync(string sql)
            {
                await using var command = owner.CreateCommand(sql);
                await command.ExecuteNonQueryAsync(Token);
            }

            await OwnerAsync("CREATE ROLE keyed LOGIN SUPERUSER PASSWORD 'another-word'");
            await using var store = PostgresLlmStore.Create(own.ConnectionString(user: "keyed") + ";Password=hidden-word");

            var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));

            failure.Failure.ShouldBe(LlmSinkFailure.Transient);
            failure.Message.ShouldBe(
                "PostgreSQL could not do it (28P01): password authentication failed for user \"keyed\"; "
                + "correct user and password of the connection string, or what the server lets in.");
            failure.ToString().ShouldNotContain("hidden-word");
            await OwnerAsync("ALTER ROLE keyed PASSWORD 'hidden-word'");
            await store.PrepareAsync(Token);
        }
        finally
        {
            File.Delete(rules);
        }
    }

    [Fact]
    public async Task A_schema_that_was_dropped_is_made_anew_where_migrations_are_applied()
    {
        var store = await PreparedAsync();
        var batch = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(10));
        await store.WriteAsync(batch, Token);
        await ExecuteAsync("DROP SCHEMA llm CASCADE");

        (await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(batch, Token))).Failure.ShouldBe(LlmSinkFailure.Transient);
        await store.PrepareAsync(Token);

        (await store.WriteAsync(batch, Token)).Written.ShouldBe(10);
    }

    private static LlmSinkStatistics Sink(LlmObserver observer) => observer.GetStatistics().Sinks.Single();

    private static async Task CallAsync(IChatClient client)
    {
        for (var i = 0; i < 10; i++)
        {
            await client.GetResponseAsync([new(ChatRole.User, "Hi")], null, Token);
        }
    }

    private string Named(string text) => text
        .Replace(" R ", $" {_role} ", StringComparison.Ordinal).Replace(" D ", $" {DatabaseName} ", StringComparison.Ordinal)
        .Replace("\"R\"", $"\"{_role}\"", StringComparison.Ordinal).Replace("\"D\"", $"\"{DatabaseName}\"", StringComparison.Ordinal)
        .Replace("FROM R", "FROM " + _role, StringComparison.Ordinal).Replace("TO R", "TO " + _role, StringComparison.Ordinal)
        .Replace($"TO {_role}ENAME", "TO RENAME", StringComparison.Ordinal);
}
