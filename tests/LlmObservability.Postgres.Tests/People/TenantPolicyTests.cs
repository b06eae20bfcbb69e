using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.People;

/// <summary>Row-level security by tenant: what a bound role sees, and that everybody else goes on as before.</summary>
public sealed class TenantPolicyTests(PostgresServer server) : PostgresDatabase(server)
{
    private static readonly string[] Relations =
    [
        "calls", "attempts", "tool_calls", "amendments",
        "calls_readable", "attempts_readable", "tool_calls_readable", "amendments_readable", "call_costs",
    ];

    private readonly string _role = "Tenant's \\ $llm$ " + Guid.NewGuid().ToString("N");
    private readonly string _other = "other " + Guid.NewGuid().ToString("N");
    private IReadOnlyList<LlmCallEnvelope> _envelopes = [];

    [Theory]
    [InlineData("acme")]
    [InlineData("Acme")]
    [InlineData("zürich")]
    [InlineData("nobody")]
    [InlineData("' OR true --")]
    public async Task A_bound_role_sees_its_tenant_and_what_belongs_to_its_calls(string tenant)
    {
        await FilledAsync();
        await using var bound = await BoundAsync(tenant);
        var own = _envelopes.Where(envelope => envelope.Call.Tags.Tenant == tenant).ToList();

        (await CountsAsync(bound)).ShouldBe(CountsOf(own));

        var store = Reading(bound);
        var page = await store.ListAsync(new LlmListRequest { Limit = 500 }, Token);
        page.Calls.Select(call => call.Id).ShouldBe(own.Select(envelope => envelope.CallId), ignoreOrder: true);
        (await store.AggregateAsync(new LlmAggregateRequest { GroupBy = [LlmField.Model] }, Token)).Total.Calls.ShouldBe(own.Count);
        (await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.Tenant }, Token)).Values.Select(value => value.Value)
            .ShouldBe(own.Count == 0 ? [] : [tenant]);
        foreach (var envelope in _envelopes)
        {
            var detail = await store.GetAsync(envelope.CallId, Token);
            detail?.Call.ShouldBe(envelope.Call);
            detail?.Attempts.Count.ShouldBe(envelope.Attempts.Count);
            (detail is null).ShouldBe(envelope.Call.Tags.Tenant != tenant);
        }
    }

    [Fact]
    public async Task A_bound_role_asks_by_a_tag_that_has_sums_and_is_told_of_its_tenant()
    {
        await FilledAsync();
        await using (var writing = await PreparedAsync(new PostgresLlmOptions { RollupTags = ["team"] }))
        {
            await writing.FoldRollupsAsync(Token);
        }

        await using var bound = await BoundAsync("acme");
        await using var store = new PostgresLlmStore(
            bound, new PostgresLlmOptions { RollupTags = ["team"], MaxScanWindow = TimeSpan.FromDays(100) });
        var answer = await store.AggregateAsync(
            new LlmAggregateRequest
            {
                Filter = new LlmFilter { From = ScriptedCalls.TenDaysAgo, To = ScriptedCalls.TenDaysAgo.AddDays(3) },
                GroupBy = [LlmField.Tag("team")],
                Measures = LlmMeasureSet.Spend,
            },
            Token);

        answer.Total.Calls.ShouldBe(_envelopes.Count(envelope => envelope.Call.Tags.Tenant == "acme"));
    }

    [Fact]
    public async Task Without_the_setting_or_with_an_empty_one_nothing_is_seen()
    {
        await FilledAsync();
        await using var unset = await BoundAsync(null);

        (await CountsAsync(unset)).ShouldAllBe(count => count == 0);

        // What a SET LOCAL that is over leaves behind is empty, and so is a tenant of these calls.
        await using var connection = await unset.OpenConnectionAsync(Token);
        foreach (var sql in new[] { "SET llm.tenant = ''", "BEGIN; SET LOCAL llm.tenant = 'acme'; COMMIT" })
        {
            (await LinesAsync(connection, sql + "; SELECT count(*)::text FROM llm.calls")).ShouldBe(["0"]);
        }
    }

    [Fact]
    public async Task A_role_bound_for_good_can_not_leave_its_tenant()
    {
        await FilledAsync();
        await RolesAsync(PostgresSchema.TenantPolicyScript("llm", _role, "acme"));
        await using var bound = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _role) + ";Options=-c llm.tenant=Acme");

        var own = _envelopes.Where(envelope => envelope.Call.Tags.Tenant == "acme").ToList();
        (await CountsAsync(bound)).ShouldBe(CountsOf(own));
    }

    [Fact]
    public async Task Partitions_and_what_has_no_tenant_are_refused_also_when_they_are_made_later()
    {
        await FilledAsync();
        await RolesAsync(PostgresSchema.TenantPolicyScript("llm", _role) + PostgresSchema.TenantPolicyScript("llm", _role));
        await ExecuteAsync("SELECT llm.ensure_partitions(to_char(current_date - 200, 'YYYY-MM-DD'))");
        await using var bound = await BoundAsync("acme", roles: false);

        List<string> partitions = [];
        await using (var command = DataSource.CreateCommand("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'"))
        {
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
            {
                partitions.Add(reader.GetString(0));
            }
        }

        partitions.Count.ShouldBeGreaterThan(16);
        foreach (var relation in partitions.Concat(["llm.rejected", "llm.ledger", "llm.repricing_jobs", "llm.staging_calls"]))
        {
            (await StateAsync(bound, $"SELECT count(*) FROM {relation}")).ShouldBe("42501", relation);
        }

        (await StateAsync(bound, "INSERT INTO llm.tool_calls (call_id) VALUES (gen_random_uuid())")).ShouldBe("42501");
        (await StateAsync(bound, "DELETE FROM llm.calls")).ShouldBe("42501");
    }

    [Fact]
    public async Task Of_rollups_it_sees_its_rows_in_the_set_that_has_the_tenant()
    {
        await FilledAsync();
        foreach (var table in new[] { "rollup_hours", "rollup_value_hours", "rollup_since" })
        {
            await ExecuteAsync(
                $"DROP TABLE IF EXISTS llm.{table} CASCADE; CREATE TABLE llm.{table} (rollup text, tenant text); "
                + $"INSERT INTO llm.{table} VALUES ('tenant', 'acme'), ('tenant', 'Acme'), ('tenant', NULL), ('model', NULL), ('model', 'acme')");
        }

        await using var bound = await BoundAsync("acme");

        (await ScalarAsync(bound, "SELECT string_agg(rollup || ' ' || tenant, ',') FROM llm.rollup_hours")).ShouldBe("tenant acme");
        (await StateAsync(bound, "SELECT count(*) FROM llm.rollup_value_hours")).ShouldBe("42501");
        (await ScalarAsync(bound, "SELECT count(*) FROM llm.rollup_since")).ShouldBe(0L);
    }

    [Fact]
    public async Task Rollups_that_a_role_writes_by_copy_are_not_bound_and_not_seen()
    {
        await FilledAsync();
        await ExecuteAsync("DROP TABLE IF EXISTS llm.rollup_hours CASCADE; CREATE TABLE llm.rollup_hours (rollup text, tenant text)");
        await RolesAsync($"BEGIN; GRANT INSERT ON llm.rollup_hours TO \"{_other}\"; COMMIT;\n" + PostgresSchema.TenantPolicyScript("llm", _role));

        (await ScalarAsync<bool>("SELECT relrowsecurity FROM pg_class WHERE oid = 'llm.rollup_hours'::regclass")).ShouldBeFalse();
        await using var bound = await BoundAsync("acme", roles: false);
        (await StateAsync(bound, "SELECT count(*) FROM llm.rollup_hours")).ShouldBe("42501");

        await ExecuteAsync($"ALTER ROLE \"{_other}\" BYPASSRLS");
        await ExecuteAsync(PostgresSchema.TenantPolicyScript("llm", _role));
        (await StateAsync(bound, "SELECT count(*) FROM llm.rollup_hours")).ShouldBeNull();
    }

    [Theory]
    [InlineData("NOBYPASSRLS")]
    [InlineData("BYPASSRLS")]
    public async Task A_role_that_is_let_write_afterwards_writes_and_folds(string attribute)
    {
        await FilledAsync();
        await RolesAsync(
            PostgresSchema.TenantPolicyScript("llm", _role)
            + $"BEGIN;ALTER ROLE \"{_other}\" {attribute};{PostgresSchema.GrantWriterScript("llm", _other)}{PostgresSchema.GrantRepricerScript("llm", _other)}COMMIT;\n");
        await using var writers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _other));
        var store = new PostgresLlmStore(writers, new PostgresLlmOptions { SchemaMode = SchemaMode.Check });
        await store.PrepareAsync(Token);
        var more = new ScriptedCalls(99, DateTimeOffset.UtcNow.AddDays(-3), TimeSpan.FromDays(1));

        (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. Enumerable.Range(0, 50).Select(_ => more.NextEnvelope())]), Token)).Written.ShouldBe(50);
        await store.FoldRollupsAsync(Token);

        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_deltas")).ShouldBe(0);
        (await store.DiagnoseAsync(Token)).Single(finding => finding.Name == "rights").Level
            .ShouldBe(attribute == "BYPASSRLS" ? PostgresFindingLevel.Ok : PostgresFindingLevel.Warning);
        // What cannot be bound is not seen; calls are, within the bound.
        await using var bound = await BoundAsync("acme", roles: false);
        (await StateAsync(bound, "SELECT count(*) FROM llm.rollup_hours")).ShouldBe(attribute == "BYPASSRLS" ? null : "42501");
        (await CountsAsync(bound))[0].ShouldBe((long)(await ScalarAsync(DataSource, "SELECT count(*) FROM llm.calls WHERE tenant = 'acme'"))!);
    }

    [Fact]
    public async Task A_writing_role_that_loses_its_way_around_is_told_by_the_doctor()
    {
        await FilledAsync();
        await RolesAsync($"BEGIN;ALTER ROLE \"{_other}\" BYPASSRLS;{PostgresSchema.GrantWriterScript("llm", _other)}COMMIT;\n" + PostgresSchema.TenantPolicyScript("llm", _role));
        await ExecuteAsync($"ALTER ROLE \"{_other}\" NOBYPASSRLS");
        await using var writers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _other));

        var found = (await new PostgresLlmStore(writers).DiagnoseAsync(Token)).Single(finding => finding.Name == "rights");
        (found.Level, found.Advice).ShouldBe(
            (PostgresFindingLevel.Failed, "Run the script of PostgresSchema.GrantWriterScript for the role again, or ALTER ROLE … BYPASSRLS."));

        await ExecuteAsync(PostgresSchema.GrantWriterScript("llm", _other));
        (await new PostgresLlmStore(writers).DiagnoseAsync(Token)).Single(finding => finding.Name == "rights").Level.ShouldBe(PostgresFindingLevel.Warning);
    }

    [Fact]
    public async Task Other_readers_and_the_owner_see_all_as_before()
    {
        await FilledAsync();
        await RolesAsync(PostgresSchema.TenantPolicyScript("llm", _role) + PostgresSchema.GrantReaderScript("llm", _other));
        await using var others = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _other));

        (await CountsAsync(others)).ShouldBe(CountsOf(_envelopes));
        (await CountsAsync(DataSource)).ShouldBe(CountsOf(_envelopes));
    }

    [Theory]
    [InlineData("NOBYPASSRLS")]
    [InlineData("BYPASSRLS")]
    public async Task A_writing_role_writes_on_each_record_once(string attribute)
    {
        await FilledAsync();
        await RolesAsync(
            $"BEGIN;{PostgresSchema.GrantWriterScript("llm", _other)} ALTER ROLE \"{_other}\" {attribute};COMMIT;\n" + PostgresSchema.TenantPolicyScript("llm", _role));
        await using var writers = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _other));
        (await StateAsync(writers, "COPY llm.calls (id) FROM STDIN")).ShouldBe(attribute == "BYPASSRLS" ? null : "0A000");
        var store = new PostgresLlmStore(writers);
        await store.PrepareAsync(Token);
        var more = new ScriptedCalls(99, DateTimeOffset.UtcNow.AddDays(-30), TimeSpan.FromDays(1));
        LlmEnvelope[] batch = [.. Enumerable.Range(0, 50).Select(_ => more.NextEnvelope())];
        var writer = Guid.NewGuid();

        (await store.WriteAsync(new LlmBatch(writer, 1, batch), Token)).Written.ShouldBe(50);
        (await store.WriteAsync(new LlmBatch(writer, 1, batch), Token)).ShouldBe(new LlmWriteResult(0, 50));
        (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, batch), Token)).ShouldBe(new LlmWriteResult(0, 50));

        (await CountsAsync(DataSource))[0].ShouldBe(_envelopes.Count + 50);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.staging_calls")).ShouldBe(0);
    }

    [Fact]
    public async Task Its_queries_read_the_days_inside_their_bound_alone()
    {
        await FilledAsync();
        await using var bound = await BoundAsync("acme");
        var call = _envelopes.First(envelope => envelope.Call.Tags.Tenant == "acme").Call;
        var day = call.StartedAt.UtcDateTime.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        var range = $"started_at >= '{call.StartedAt.UtcDateTime:yyyy-MM-dd}Z' AND started_at < '{call.StartedAt.UtcDateTime.AddDays(1):yyyy-MM-dd}Z'";

        // A generic plan, too, prunes when it begins.
        await using var connection = await bound.OpenConnectionAsync(Token);
        foreach (var sql in new[]
        {
            $"EXPLAIN SELECT count(*) FROM llm.calls WHERE {range}",
            $"EXPLAIN SELECT sum(recorded_cost_usd) FROM llm.calls_readable WHERE {range}",
            "SET plan_cache_mode = force_generic_plan; PREPARE q(timestamptz) AS SELECT count(*) FROM llm.calls WHERE started_at >= $1 AND started_at < $1 + interval '1 ms'; "
                + $"EXPLAIN EXECUTE q('{call.StartedAt.UtcDateTime:O}')",
            // The call of each child is looked up in its own day when the plan runs.
            $"EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM llm.attempts WHERE call_{range.Replace("AND ", "AND call_", StringComparison.Ordinal)}",
        })
        {
            var lines = await LinesAsync(connection, sql);
            var read = lines.Where(line => line.Contains(" on calls_", StringComparison.Ordinal) && !line.Contains("never executed", StringComparison.Ordinal)).ToList();
            read.ShouldNotBeEmpty(sql);
            read.ShouldAllBe(line => line.Contains("calls_" + day));
        }
    }

    [Fact]
    public async Task Taken_back_it_leaves_nothing_behind()
    {
        await FilledAsync();
        await RolesAsync(
            PostgresSchema.TenantPolicyScript("llm", _role) + PostgresSchema.TenantPolicyScript("llm", _other, "acme")
            + PostgresSchema.RemoveTenantPolicyScript("llm", _role));

        await using var bound = await BoundAsync("acme", roles: false);
        (await StateAsync(bound, "SELECT count(*) FROM llm.calls")).ShouldBe("42501");
        await using var others = NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, _other));
        (await CountsAsync(others))[0].ShouldBe(_envelopes.Count(envelope => envelope.Call.Tags.Tenant == "acme"));

        await ExecuteAsync(PostgresSchema.RemoveTenantPolicyScript("llm", _other));
        (await ScalarAsync<long>("SELECT count(*) FROM pg_policy")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relrowsecurity")).ShouldBe(0);
    }

    private static async Task<List<string>> LinesAsync(NpgsqlConnection connection, string statements)
    {
        await using var batch = connection.CreateBatch();
        foreach (var statement in statements.Split("; "))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        await using var reader = await batch.ExecuteReaderAsync(Token);
        List<string> lines = [];
        do
        {
            while (await reader.ReadAsync(Token))
            {
                lines.Add(reader.GetString(0));
            }
        }
        while (await reader.NextResultAsync(Token));
        return lines;
    }

    private static List<long> CountsOf(IReadOnlyList<LlmCallEnvelope> envelopes)
    {
        long[] tables = [envelopes.Count, envelopes.Sum(e => e.Attempts.Count), envelopes.Sum(e => e.ToolCalls.Count), envelopes.Count];
        return [.. tables, .. tables, envelopes.Count];
    }

    private static async Task<List<long>> CountsAsync(NpgsqlDataSource dataSource)
    {
        List<long> counts = [];
        foreach (var relation in Relations)
        {
            counts.Add((long)(await ScalarAsync(dataSource, $"SELECT count(*) FROM llm.{relation}"))!);
        }

        return counts;
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    /// <summary>The error's state, or null.</summary>
    private static async Task<string?> StateAsync(NpgsqlDataSource dataSource, string sql)
    {
        try
        {
            if (sql.StartsWith("COPY", StringComparison.Ordinal))
            {
                await using var connection = await dataSource.OpenConnectionAsync(Token);
                await using var copy = await connection.BeginTextImportAsync(sql, Token);
            }
            else
            {
                _ = await ScalarAsync(dataSource, sql);
            }

            return null;
        }
        catch (PostgresException exception)
        {
            return exception.SqlState;
        }
    }

    private static PostgresLlmStore Reading(NpgsqlDataSource dataSource) =>
        new(dataSource, new PostgresLlmOptions { SchemaMode = SchemaMode.Check, MaxScanWindow = TimeSpan.FromDays(30) });

    private async Task FilledAsync()
    {
        _envelopes = ScriptedCalls.Create(300, seed: 5);
        var store = await PreparedAsync();
        var amendments = _envelopes.Select(LlmEnvelope (envelope) => new LlmAmendmentEnvelope(new LlmAmendment
        {
            Id = LlmCallId.Create(envelope.CallStartedAt),
            CallId = envelope.CallId,
            CallStartedAt = envelope.CallStartedAt,
            CreatedAt = envelope.CallStartedAt,
            Kind = LlmVocabulary.Verdict,
        }));
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. _envelopes, .. amendments]), Token);
    }

    private async Task RolesAsync(string scripts)
    {
        await ExecuteAsync($"CREATE ROLE \"{_role}\" LOGIN");
        await ExecuteAsync($"CREATE ROLE \"{_other}\" LOGIN");
        foreach (var script in scripts.Split("COMMIT;\n").Where(script => script.Length > 0))
        {
            await ExecuteAsync(script + (script.StartsWith("BEGIN", StringComparison.Ordinal) ? "COMMIT" : ""));
        }
    }

    private async Task<NpgsqlDataSource> BoundAsync(string? tenant, bool roles = true)
    {
        if (roles)
        {
            await RolesAsync(PostgresSchema.TenantPolicyScript("llm", _role));
        }

        var builder = new NpgsqlConnectionStringBuilder(Server.ConnectionString(DatabaseName, _role));
        if (tenant is not null)
        {
            builder.Options = "-c llm.tenant=" + tenant.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal);
        }

        return NpgsqlDataSource.Create(builder);
    }
}
