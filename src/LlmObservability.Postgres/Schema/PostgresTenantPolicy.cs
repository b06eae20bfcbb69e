using System.Security.Cryptography;
using System.Text;

namespace LlmObservability.Postgres;

/// <summary>
/// Row-level security that lets one role see one tenant. All others see what they are granted, as before: a permissive policy
/// lets everybody through, and a restrictive one binds the role alone.
/// </summary>
internal static class PostgresTenantPolicy
{
    private const string Everybody = "llm_everybody";
    private const string Prefix = "llm_tenant_";

    // Each needs every table for a moment; behind a long query, all others would wait with it.
    private const string Begin = "BEGIN;\nSET LOCAL lock_timeout = '10s';\n";

    // Rollups have no way around COPY, so that they are not bound where that would end all writing: then the role does not see them.
    private const string NobodyCopies = """
        NOT EXISTS (
                SELECT FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a JOIN pg_roles w ON w.oid = a.grantee
                WHERE c.oid = to_regclass(relation) AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner AND NOT (w.rolbypassrls OR w.rolsuper))
        """;

    private static readonly string[] Bound = [.. PostgresRelations.Tables, .. PostgresRelations.Rollups, .. PostgresRelations.RollupsSince];

    public static string Script(string schema, string role, string? tenant)
    {
        var (s, r) = (PostgresNames.Quote(schema), PostgresNames.Quote(role));
        // An unset setting is NULL, and empty after a SET LOCAL that is over: neither is a tenant's name.
        var name = tenant is null ? "nullif(current_setting('llm.tenant', true), '')" : PostgresRelations.Literal(tenant);
        var script = new StringBuilder(Begin).Append("GRANT USAGE ON SCHEMA ").Append(s).Append(" TO ").Append(r).Append(";\n");
        foreach (var table in PostgresRelations.Tables)
        {
            var condition = table == "calls"
                ? $"tenant = {name}"
                : $"EXISTS (SELECT FROM {s}.calls c WHERE c.id = call_id AND c.started_at = call_started_at AND c.tenant = {name})";
            script.AppendJoin(";\n", Policies($"{s}.{table}", role, condition)).Append(";\n");
        }

        return script
            .Append("GRANT SELECT ON ").Append(PostgresRelations.List(s, PostgresRelations.Views)).Append(" TO ").Append(r).Append(";\n")
            .Append("GRANT EXECUTE ON FUNCTION ").Append(s).Append(".schema_versions() TO ").Append(r).Append(";\n")
            .Append(PostgresRelations.ForThose(
                NobodyCopies, schema, PostgresRelations.Rollups, Policies(PostgresRelations.Here.ToString(), role, $"rollup IN ('{RollupSet.Tenant.Name}', '{RollupSet.TenantModel.Name}') AND tenant = {name}")))
            .Append('\n')
            // Sums of other sets would be those of all tenants: the store's own queries go by the calls then.
            .Append(PostgresRelations.ForThoseThere(
                schema, PostgresRelations.RollupsSince, Policies(PostgresRelations.Here.ToString(), role, "false")))
            .Append('\n')
            // Of all tenants, and not told apart.
            .Append(PostgresRelations.ForThoseThere(
                schema, [.. PostgresRelations.ValueRollups, "rejected"], $"REVOKE ALL ON {PostgresRelations.Here} FROM {r}"))
            .Append("\nCOMMIT;\n")
            .ToString();
    }

    public static string Removal(string schema, string role)
    {
        var r = PostgresNames.Quote(role);
        return Begin
            + PostgresRelations.ForThoseThere(
                schema, [.. Bound, .. PostgresRelations.Views, "rejected"], $"REVOKE ALL ON {PostgresRelations.Here} FROM {r}")
            + "\n"
            + PostgresRelations.ForThoseThere(schema, Bound, $"DROP POLICY IF EXISTS {PolicyOf(role)} ON {PostgresRelations.Here}")
            + "\n" + Unbound(schema)
            + "\nCOMMIT;\n";
    }

    /// <summary>Takes row-level security off the rollups, and the bound roles' sight of them, unless a role that is to COPY into them is above it.</summary>
    public static string Lift(string schema, string writer) =>
        PostgresRelations.Block($"""
            DECLARE
              relation regclass;
              policy name;
              bound name;
            BEGIN
              IF EXISTS (SELECT FROM pg_roles WHERE rolname = {PostgresRelations.Literal(writer)} AND (rolbypassrls OR rolsuper)) THEN
                RETURN;
              END IF;

              FOR relation, policy, bound IN
                SELECT p.polrelid, p.polname, r.rolname
                FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                CROSS JOIN LATERAL unnest(p.polroles) AS o(role) JOIN pg_roles r ON r.oid = o.role
                WHERE n.nspname = {PostgresRelations.Literal(schema)} AND p.polname LIKE {PostgresRelations.Literal(Prefix + "%")}
                  AND c.relname IN ({string.Join(", ", PostgresRelations.Rollups.Select(PostgresRelations.Literal))})
              LOOP
                EXECUTE format('REVOKE ALL ON %s FROM %I', relation, bound);
                EXECUTE format('DROP POLICY %I ON %s', policy, relation);
              END LOOP;
            END
            """)
        + "\n" + Unbound(schema);

    /// <summary>Without any bound role it is in the writers' way for nothing.</summary>
    private static string Unbound(string schema) => PostgresRelations.Block($"""
        DECLARE
          relation regclass;
        BEGIN
          FOR relation IN
            SELECT p.polrelid FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = {PostgresRelations.Literal(schema)} AND p.polname = '{Everybody}'
              AND NOT EXISTS (SELECT FROM pg_policy b WHERE b.polrelid = p.polrelid AND b.polname LIKE {PostgresRelations.Literal(Prefix + "%")})
          LOOP
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', relation);
            EXECUTE format('DROP POLICY {Everybody} ON %s', relation);
          END LOOP;
        END
        """);

    private static string[] Policies(string table, string role, string condition) =>
    [
        $"DROP POLICY IF EXISTS {Everybody} ON {table}",
        $"CREATE POLICY {Everybody} ON {table} USING (true) WITH CHECK (true)",
        $"DROP POLICY IF EXISTS {PolicyOf(role)} ON {table}",
        $"CREATE POLICY {PolicyOf(role)} ON {table} AS RESTRICTIVE FOR SELECT TO {PostgresNames.Quote(role)} USING ({condition})",
        $"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        $"GRANT SELECT ON {table} TO {PostgresNames.Quote(role)}",
    ];

    // A role's name may be as long as a policy's, and would not fit in it.
    private static string PolicyOf(string role) =>
        Prefix + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(role)).AsSpan(0, 8)).ToLowerInvariant();
}
