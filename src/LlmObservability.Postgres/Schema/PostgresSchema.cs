using System.Globalization;
using System.Text;

namespace LlmObservability.Postgres;

/// <summary>The schema as scripts, for whoever does not let an application change or grant anything. Thread-safe.</summary>
public static class PostgresSchema
{
    internal const string BookkeepingSql = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          version integer PRIMARY KEY,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        );
        """;

    /// <summary>Version of the schema that this library reads and writes.</summary>
    public static int Version => PostgresMigration.All[^1].Version;

    /// <summary>
    /// SQL that makes the schema, or brings it from a version to the current one, in one transaction: for
    /// <see cref="SchemaMode.Check"/>. Needs no variables and no particular client.
    /// </summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="fromVersion">The version that is there; 0 for none.</param>
    public static string Script(string schema, int fromVersion = 0)
    {
        PostgresNames.ThrowIfInvalid(schema, nameof(schema));
        ArgumentOutOfRangeException.ThrowIfNegative(fromVersion);
        var quoted = PostgresNames.Quote(schema);
        var script = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"-- LlmObservability: schema version {Version}, from version {fromVersion}.\n")
            .Append("BEGIN;\n")
            // The migrator's own lock: a process that applies migrations at this moment is waited for.
            .Append(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock(hashtextextended('llm_observability.schema.{schema.Replace("'", "''", StringComparison.Ordinal)}', 0));\n")
            .Append(CultureInfo.InvariantCulture, $"CREATE SCHEMA IF NOT EXISTS {quoted};\n")
            .Append(CultureInfo.InvariantCulture, $"SET LOCAL search_path TO {quoted}, pg_temp;\n\n")
            .Append(BookkeepingSql)
            .Append("\n\n");
        foreach (var migration in PostgresMigration.All.Where(m => m.Version > fromVersion))
        {
            script
                .Append(CultureInfo.InvariantCulture, $"-- {migration.Name}\n\n")
                .Append(migration.Sql)
                .Append("\nINSERT INTO schema_migrations (version, name, checksum) VALUES ")
                .Append(CultureInfo.InvariantCulture, $"({migration.Version}, '{migration.Name}', '{migration.Checksum}');\n\n");
        }

        return script.Append("COMMIT;\n").ToString();
    }

    /// <summary>
    /// SQL that grants a role what writing needs and no more: it can add rows, and read none but the sums that folding hands it.
    /// Where <see cref="TenantPolicyScript"/> bound a role, it sees no rollups from then on, unless this one has <c>BYPASSRLS</c>.
    /// </summary>
    public static string GrantWriterScript(string schema, string role)
    {
        var (s, r) = Quoted(schema, role);
        return $"""
            GRANT USAGE ON SCHEMA {s} TO {r};
            GRANT INSERT ON {s}.calls, {s}.attempts, {s}.tool_calls, {s}.amendments, {s}.rejected TO {r};
            GRANT INSERT ON {s}.staging_calls, {s}.staging_attempts, {s}.staging_tool_calls, {s}.staging_amendments TO {r};
            GRANT EXECUTE ON FUNCTION {s}.schema_versions() TO {r};
            GRANT EXECUTE ON FUNCTION {s}.claim_batch(uuid, bigint, bigint) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.claim_batch(uuid, bigint, bigint, timestamptz) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.prune(bigint, bigint) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.ensure_partitions(text) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.ensure_partitions(text, text) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.expired_partitions(bigint, bigint) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.expire_partitions(text, bigint, bigint) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.merge_staged(uuid) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.merge_batch(uuid) TO {r};
            GRANT INSERT ON {s}.rollup_deltas, {s}.rollup_minutes, {s}.rollup_hours, {s}.rollup_days TO {r};
            GRANT INSERT ON {s}.rollup_value_deltas, {s}.rollup_value_hours, {s}.rollup_value_days TO {r};
            GRANT EXECUTE ON FUNCTION {s}.take_deltas(integer), {s}.take_value_deltas(integer) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.take_period(text, integer), {s}.take_value_period(text, integer) TO {r};
            GRANT EXECUTE ON FUNCTION {s}.note_folds(text, text), {s}.note_tags(text) TO {r};
            {PostgresTenantPolicy.Lift(schema, role)}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>SQL that grants a role what reading needs and no more: tables, views and rollups of every tenant. Run it again after a migration.</summary>
    public static string GrantReaderScript(string schema, string role)
    {
        var (s, r) = Quoted(schema, role);
        return $"""
            GRANT USAGE ON SCHEMA {s} TO {r};
            GRANT SELECT ON {PostgresRelations.List(s, [.. PostgresRelations.Tables, .. PostgresRelations.Views, "rejected", .. PostgresRelations.RollupsSince])} TO {r};
            GRANT EXECUTE ON FUNCTION {s}.schema_versions() TO {r};
            {PostgresRelations.ForThoseThere(schema, [.. PostgresRelations.Rollups, .. PostgresRelations.ValueRollups, .. PostgresRelations.RollupsSince], $"GRANT SELECT ON {PostgresRelations.Here} TO {r}")}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>SQL that grants a role what <see cref="PostgresLlmStore.RepriceAsync"/> needs and no more: it reads calls, and adds amendments. As to row-level security, see <see cref="GrantWriterScript"/>.</summary>
    public static string GrantRepricerScript(string schema, string role)
    {
        var (s, r) = Quoted(schema, role);
        return $"""
            GRANT USAGE ON SCHEMA {s} TO {r};
            GRANT SELECT ON {s}.calls, {s}.attempts TO {r};
            GRANT SELECT, INSERT ON {s}.amendments TO {r};
            GRANT SELECT, INSERT, UPDATE ON {s}.repricing_jobs TO {r};
            GRANT EXECUTE ON FUNCTION {s}.schema_versions() TO {r};
            {PostgresRelations.ForThoseThere(schema, ["rollup_tags"], $"GRANT SELECT ON {PostgresRelations.Here} TO {r}")}
            {PostgresRelations.ForThoseThere(schema, ["rollup_deltas", "rollup_value_deltas"], $"GRANT INSERT ON {PostgresRelations.Here} TO {r}")}
            {PostgresTenantPolicy.Lift(schema, role)}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>
    /// SQL that lets a role read one tenant's rows and no other's, by row-level security: calls, what belongs to them, the views
    /// over them (from PostgreSQL 15 on), and the rollups by tenant. Every other role sees what it did before. Run it again
    /// after a migration; do not give the role the grants of <see cref="GrantReaderScript"/> too.
    /// </summary>
    /// <remarks>
    /// A writing role that owns nothing needs <c>BYPASSRLS</c> to write as fast as before: the server refuses COPY into a
    /// table with row-level security, and such a role's rows then go through staging tables.
    /// </remarks>
    /// <param name="schema">The schema's name.</param>
    /// <param name="role">The role to bind; no other role should be a member of it.</param>
    /// <param name="tenant">
    /// The tenant, for good. Null: the one that the session's setting <c>llm.tenant</c> names, and none while that is not set;
    /// for a role whose SQL is an application's, since whoever can write SQL can set it.
    /// </param>
    public static string TenantPolicyScript(string schema, string role, string? tenant = null)
    {
        _ = Quoted(schema, role);
        return PostgresTenantPolicy.Script(schema, role, tenant);
    }

    /// <summary>SQL that takes back what <see cref="TenantPolicyScript"/> did for a role: it may read nothing then. With the last such role, row-level security ends.</summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="role">The role.</param>
    public static string RemoveTenantPolicyScript(string schema, string role)
    {
        _ = Quoted(schema, role);
        return PostgresTenantPolicy.Removal(schema, role);
    }

    private static (string Schema, string Role) Quoted(string schema, string role)
    {
        PostgresNames.ThrowIfInvalid(schema, nameof(schema));
        PostgresNames.ThrowIfInvalid(role, nameof(role));
        return (PostgresNames.Quote(schema), PostgresNames.Quote(role));
    }
}
