using System.Globalization;

namespace LlmObservability.Postgres;

/// <summary>What can be seen of the server, the role and the partitions.</summary>
internal static class DoctorChecks
{
    private const int OldestVersion = 14;
    private const string Parents = "ARRAY['calls', 'attempts', 'tool_calls', 'amendments', 'rollup_minutes', 'rollup_hours', 'rollup_value_hours']";

    // By name, whatever their arguments: those that GrantWriterScript gives, as far as they are there.
    private const string WriterFunctions =
        "'schema_versions', 'claim_batch', 'prune', 'ensure_partitions', 'expired_partitions', 'expire_partitions', 'merge_staged', 'merge_batch', "
        + "'take_deltas', 'take_value_deltas', 'take_period', 'take_value_period', 'note_folds', 'note_tags'";

    private const double SecondsADay = 86_400;

    private static readonly TimeSpan LittleSkew = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MuchSkew = TimeSpan.FromHours(1);

    public static async Task<PostgresFinding?> ConnectionAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(
            "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on', current_setting('server_version')", cancellationToken)
            .ConfigureAwait(false);
        var (replica, readOnly, version) = (row[0] == bool.TrueString, row[1] == bool.TrueString, row[2]);
        var seen = $"PostgreSQL {version}, {(replica ? "a replica" : readOnly ? "a primary whose sessions only read" : "a primary")}";
        return session.ServerVersion < OldestVersion
            ? new PostgresFinding("connection", PostgresFindingLevel.Failed, seen, $"Use PostgreSQL {OldestVersion} or later.")
            : replica || readOnly
                ? new PostgresFinding("connection", PostgresFindingLevel.Warning, seen, "Writing needs a primary whose default_transaction_read_only is off; reading does not.")
                : new PostgresFinding("connection", PostgresFindingLevel.Ok, seen);
    }

    /// <param name="before">The application's time before the server was asked.</param>
    /// <param name="after">And after.</param>
    /// <param name="server">The server's, in seconds since 1970.</param>
    public static PostgresFinding Clocks(DateTimeOffset before, DateTimeOffset after, string server)
    {
        // What the question itself took is not known better than that.
        var unsure = (after - before) / 2;
        var ahead = DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(server, CultureInfo.InvariantCulture)) - (before + unsure);
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"the server is {Math.Abs(ahead.TotalSeconds):0.000} s {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} the application, ± {unsure.TotalSeconds:0.000} s");
        var skew = ahead.Duration() - unsure;
        return skew <= LittleSkew
            ? new PostgresFinding("clocks", PostgresFindingLevel.Ok, seen)
            : new PostgresFinding(
                "clocks",
                skew <= MuchSkew ? PostgresFindingLevel.Warning : PostgresFindingLevel.Failed,
                seen,
                "Keep both clocks right (NTP): days, retention and what is put aside as too old or too new go by them.");
    }

    public static async Task<PostgresFinding?> RightsAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        string Missing(string right, string relations) =>
            $"(SELECT string_agg(t, ', ') FROM unnest(ARRAY[{relations}]) AS t WHERE to_regclass(format('%I.%I', $1, t)) IS NOT NULL "
            + $"AND NOT has_table_privilege(format('%I.%I', $1, t)::regclass, '{right}'))";
        const string Rollups =
            "'rollup_deltas', 'rollup_minutes', 'rollup_hours', 'rollup_days', 'rollup_value_deltas', 'rollup_value_hours', 'rollup_value_days'";
        const string Tables = "'calls', 'attempts', 'tool_calls', 'amendments', 'rejected', " + Rollups;
        const string Staging = "'staging_calls', 'staging_attempts', 'staging_tool_calls', 'staging_amendments'";
        var row = await session.RowAsync(
            $"""
            SELECT {Missing("INSERT", Tables + ", " + Staging)}, {Missing("SELECT", Tables)},
              (SELECT string_agg(DISTINCT p.proname::text, ', ') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = $1 AND p.proname IN ({WriterFunctions}) AND NOT has_function_privilege(p.oid, 'EXECUTE')),
              row_security_active(format('%I.%I', $1, 'calls')::regclass),
              EXISTS (SELECT FROM unnest(ARRAY[{Rollups}]) AS t WHERE row_security_active(to_regclass(format('%I.%I', $1, t))))
            """,
            cancellationToken).ConfigureAwait(false);
        var (writes, reads, calls, bound, refused) = (row[0], row[1], row[2], row[3] == bool.TrueString, row[4] == bool.TrueString);
        var mayWrite = writes is null && calls is null;
        var missing = string.Join("; ", new[]
        {
            writes is null ? null : "no INSERT on " + writes, calls is null ? null : "no EXECUTE on " + calls, reads is null ? null : "no SELECT on " + reads,
        }.OfType<string>());
        return (mayWrite, reads is null) switch
        {
            (false, false) => new PostgresFinding(
                "rights", PostgresFindingLevel.Failed, "the role may neither write nor read all: " + missing,
                "Run the script of PostgresSchema.GrantWriterScript for a role that writes, or of GrantReaderScript for one that reads."),
            (true, _) when refused => new PostgresFinding(
                "rights", PostgresFindingLevel.Failed, "row-level security keeps the role from COPY into the rollups, and so from writing",
                "Run the script of PostgresSchema.GrantWriterScript for the role again, or ALTER ROLE … BYPASSRLS."),
            (true, _) when bound => new PostgresFinding(
                "rights", PostgresFindingLevel.Warning, $"the role may write{(reads is null ? " and read" : "")}; row-level security keeps it from COPY, and its rows go through staging tables",
                "ALTER ROLE … BYPASSRLS lets it write as fast as before."),
            (true, true) => new PostgresFinding("rights", PostgresFindingLevel.Ok, "the role may write and read"),
            (true, false) => new PostgresFinding("rights", PostgresFindingLevel.Ok, "the role may write, and not read"),
            _ => new PostgresFinding("rights", PostgresFindingLevel.Ok, "the role may read, and not write"),
        };
    }

    public static async Task<PostgresFinding?> PartitionsAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        // The catalog prints bounds; a partition without an upper one reaches any day.
        var row = await session.RowAsync(
            $$"""
            SELECT cardinality({{Parents}})::text, count(*)::text, min(reach)::text, (min(extract(epoch FROM reach)) - extract(epoch FROM clock_timestamp()))::double precision::text FROM (
              SELECT p.parent, max(coalesce((regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz, 'infinity')) AS reach
              FROM unnest({{Parents}}) AS p(parent)
              LEFT JOIN pg_inherits i ON i.inhparent = to_regclass(format('%I.%I', $1, p.parent))
              LEFT JOIN pg_class c ON c.oid = i.inhrelid
              LEFT JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS b(bound) ON true
              WHERE b.bound <> 'DEFAULT'
              GROUP BY p.parent) reaches
            """,
            cancellationToken).ConfigureAwait(false);
        const string Advice = "Start an application that writes, or call ensure_partitions: days are made ahead by whoever writes, and on demand.";
        if (row[1] != row[0])
        {
            return new PostgresFinding("partitions", PostgresFindingLevel.Warning, $"{row[1]} of {row[0]} tables have any partition", Advice);
        }

        var seen = "all tables have partitions until " + row[2];
        // Reaching into tomorrow is enough: whoever writes then makes the next.
        return double.Parse(row[3]!, CultureInfo.InvariantCulture) > SecondsADay
            ? new PostgresFinding("partitions", PostgresFindingLevel.Ok, seen)
            : new PostgresFinding("partitions", PostgresFindingLevel.Warning, seen, Advice);
    }

    public static async Task<PostgresFinding?> DefaultPartitionsAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(
            $"""
            SELECT string_agg(format('%s (%s)', d.relname, pg_size_pretty(pg_total_relation_size(d.oid))), ', ')
            FROM unnest({Parents}) AS p(parent)
            JOIN pg_partitioned_table t ON t.partrelid = to_regclass(format('%I.%I', $1, p.parent))
            JOIN pg_class d ON d.oid = t.partdefid
            """,
            cancellationToken).ConfigureAwait(false);
        return row[0] is { } found
            ? new PostgresFinding(
                "default partitions", PostgresFindingLevel.Warning, "there is " + found,
                "Move its rows away and drop it: a day that has rows in it can get no partition of its own.")
            : new PostgresFinding("default partitions", PostgresFindingLevel.Ok, "none");
    }
}
