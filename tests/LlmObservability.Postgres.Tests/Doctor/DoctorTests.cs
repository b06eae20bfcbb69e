using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Doctor;
using LlmObservability.Postgres;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Doctor;

/// <summary>What the store says of itself when it is well, and of each thing that is not.</summary>
public sealed class DoctorTests(PostgresServer server) : PostgresDatabase(server)
{
    private const string Secret = "s3cr3t-password";

    private readonly string _role = "r" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_store_that_is_well_has_nothing_to_do()
    {
        var store = await PreparedAsync();

        var findings = await store.DiagnoseAsync(Token);

        findings.ShouldAllBe(finding => finding.Level == PostgresFindingLevel.Ok && finding.Advice == null);
        findings.Select(finding => finding.Name).Where(name => name != "rollups")
            .ShouldBe(["connection", "clocks", "migrations", "rights", "partitions", "default partitions", "ledger", "rejected"]);
        findings[0].Seen.ShouldBe($"PostgreSQL {await ScalarAsync<string>("SHOW server_version")}, a primary");
        findings.Single(finding => finding.Name == "migrations").Seen.ShouldBe($"version {PostgresSchema.Version} of schema \"llm\"");
    }

    [Theory]
    [InlineData("DROP SCHEMA llm CASCADE", "migrations", PostgresFindingLevel.Failed, "has version 0")]
    [InlineData("UPDATE llm.schema_migrations SET checksum = 'x' WHERE version = 2", "migrations", PostgresFindingLevel.Failed, "its checksum differs")]
    [InlineData("CREATE TABLE llm.rest PARTITION OF llm.attempts DEFAULT", "default partitions", PostgresFindingLevel.Warning, "rest (")]
    [InlineData(
        "DO $$ DECLARE p regclass; BEGIN FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'llm.calls'::regclass LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$",
        "partitions", PostgresFindingLevel.Warning, "6 of 7 tables")]
    [InlineData(
        "DO $$ DECLARE p regclass; BEGIN FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'llm.calls'::regclass AND inhrelid::regclass::text >= "
            + "'llm.calls_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYYMMDD') LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$",
        "partitions", PostgresFindingLevel.Warning, " 00:00:00+00")]
    [InlineData(
        "INSERT INTO llm.rejected (writer_id, sequence, reason, kind, call_id, call_started_at, record) VALUES (gen_random_uuid(), 1, 'poison', 'call', gen_random_uuid(), now(), '{}')",
        "rejected", PostgresFindingLevel.Warning, "of the last day 1 (poison)")]
    [InlineData(
        "DROP TABLE IF EXISTS llm.rollup_deltas CASCADE; CREATE TABLE llm.rollup_deltas (bucket timestamptz); INSERT INTO llm.rollup_deltas VALUES (now()), (now() - interval '90 minutes')",
        "rollups", PostgresFindingLevel.Warning, "2 rows wait to be folded, the oldest of 90 minutes ago")]
    [InlineData("ALTER TABLE llm.ledger RENAME TO ledger_of_old", "ledger", null, "")]
    public async Task What_is_not_as_it_should_be_is_a_finding_with_a_word_on_what_to_do(string ddl, string name, PostgresFindingLevel? level, string seen)
    {
        var store = await PreparedAsync();
        await ExecuteAsync(ddl);

        var findings = await store.DiagnoseAsync(Token);

        var found = findings.SingleOrDefault(finding => finding.Name == name);
        found?.Level.ShouldBe(level!.Value);
        (found is null).ShouldBe(level is null);
        found?.Seen.ShouldContain(seen);
        found?.Advice.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Of_a_roles_rights_it_says_what_they_are_for()
    {
        await PreparedAsync();
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN; GRANT USAGE ON SCHEMA llm TO {_role}; GRANT EXECUTE ON FUNCTION llm.schema_versions() TO {_role}");
        await using var store = PostgresLlmStore.Create(Server.ConnectionString(DatabaseName, _role));
        async Task<PostgresFinding> RightsAsync() => (await store.DiagnoseAsync(Token)).Single(finding => finding.Name == "rights");

        var none = await RightsAsync();
        none.Level.ShouldBe(PostgresFindingLevel.Failed);
        none.Seen.ShouldContain("no INSERT on calls, attempts");
        none.Seen.ShouldContain("no EXECUTE on claim_batch");
        none.Advice.ShouldNotBeNull().ShouldContain("GrantWriterScript");

        await ExecuteAsync(PostgresSchema.GrantWriterScript("llm", _role));
        (await RightsAsync()).ShouldBe(new PostgresFinding("rights", PostgresFindingLevel.Ok, "the role may write, and not read"));
        (await store.DiagnoseAsync(Token)).ShouldAllBe(finding => finding.Level == PostgresFindingLevel.Ok);

        await ExecuteAsync("ALTER TABLE llm.calls ENABLE ROW LEVEL SECURITY");
        (await RightsAsync()).ShouldSatisfyAllConditions(
            finding => finding.Level.ShouldBe(PostgresFindingLevel.Warning), finding => finding.Advice.ShouldNotBeNull().ShouldContain("BYPASSRLS"));
        await ExecuteAsync("ALTER TABLE llm.calls DISABLE ROW LEVEL SECURITY");

        await ExecuteAsync(PostgresSchema.GrantReaderScript("llm", _role));
        (await RightsAsync()).Seen.ShouldBe("the role may write and read");
        await ExecuteAsync($"REVOKE INSERT ON llm.staging_calls FROM {_role}");
        (await RightsAsync()).Seen.ShouldBe("the role may read, and not write");
    }

    [Theory]
    [InlineData(0, PostgresFindingLevel.Ok)]
    [InlineData(-90, PostgresFindingLevel.Warning)]
    [InlineData(90, PostgresFindingLevel.Warning)]
    [InlineData(7_200, PostgresFindingLevel.Failed)]
    public async Task Clocks_that_differ_are_told_apart(int seconds, PostgresFindingLevel level)
    {
        await PreparedAsync();
        var store = Store(timeProvider: new ShiftedTime(TimeSpan.FromSeconds(seconds)));

        var found = (await store.DiagnoseAsync(Token)).Single(finding => finding.Name == "clocks");

        found.Level.ShouldBe(level);
        found.Seen.ShouldContain(seconds > 0 ? "behind" : seconds < 0 ? "ahead of" : "the application");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_one_finding_within_the_bound_and_no_secret_is_told()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        foreach (var place in new[] { $"Port={port}", "Port=1" })
        {
            await using var store = PostgresLlmStore.Create(
                $"Host=127.0.0.1;{place};Username=u;Password={Secret};Database=d", new PostgresLlmOptions { CommandTimeout = TimeSpan.FromSeconds(1) });
            var begin = Stopwatch.GetTimestamp();

            var findings = await store.DiagnoseAsync(Token);

            Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(Eventually.Bound);
            findings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
                finding => finding.Name.ShouldBe("connection"),
                finding => finding.Level.ShouldBe(PostgresFindingLevel.Failed),
                finding => finding.ToString().ShouldNotContain(Secret));
        }

        await using var cancelled = PostgresLlmStore.Create($"Host=127.0.0.1;Port={port};Username=u;Database=d");
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = cancelled.DiagnoseAsync(cancelling.Token);
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task The_command_prints_findings_and_ends_with_whether_any_failed()
    {
        await PreparedAsync(new PostgresLlmOptions { Schema = "other schema" });

        var (good, output, _) = await RunAsync(ConnectionString + $";Password={Secret}", "--schema", "other schema", "--timeout", "10");
        good.ShouldBe(0);
        output.ShouldContain($"ok      migrations: version {PostgresSchema.Version} of schema \"other schema\"");

        (var bad, output, _) = await RunAsync(ConnectionString + $";Password={Secret}");
        bad.ShouldBe(1);
        output.ShouldContain("FAILED  migrations: The schema \"llm\" has version 0");
        output.ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData(null, "Set LLM_POSTGRES")]
    [InlineData("Host=x;Password=s3cr3t-password;What=1", "cannot be read")]
    [InlineData("Host=x", "Argument 1 is not known", "Host=x;Password=s3cr3t-password")]
    [InlineData("Host=x", "1 to 63 bytes", "--schema", "")]
    public async Task A_wrong_command_line_is_told_without_repeating_it(string? connection, string said, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(connection, arguments);

        (code, output).ShouldBe((1, ""));
        error.ShouldContain(said);
        error.ShouldNotContain(Secret);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string? connection, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await DoctorProgram.RunAsync(
            arguments, name => name == DoctorProgram.Variable ? connection : null, output, error, Token);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
