using System.Globalization;

namespace LlmObservability.Postgres;

/// <summary>What can be seen of that which should stay small: rows that wait to be folded, the ledger, what was put aside.</summary>
internal static class DoctorStores
{
    private const double MostLagMinutes = 10;
    private const long MostLedgerBytes = 1L << 30;

    public static async Task<PostgresFinding?> RollupsAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var deltas = session.Names.Of("rollup_deltas");
        var (readable, size) = await LookAsync(session, "rollup_deltas", cancellationToken).ConfigureAwait(false);
        if (size is null)
        {
            return null;
        }

        if (!readable)
        {
            return new PostgresFinding("rollups", PostgresFindingLevel.Ok, $"rollup_deltas has {size.Value.Text}; the role may not read it");
        }

        var row = await session.RowAsync(
            $"SELECT count(*)::text, (extract(epoch FROM clock_timestamp() - min(bucket)) / 60)::double precision::text FROM {deltas}", cancellationToken)
            .ConfigureAwait(false);
        if (row[1] is not { } age)
        {
            return new PostgresFinding("rollups", PostgresFindingLevel.Ok, "nothing waits to be folded");
        }

        var minutes = double.Parse(age, CultureInfo.InvariantCulture);
        var seen = string.Create(CultureInfo.InvariantCulture, $"{row[0]} rows wait to be folded, the oldest of {minutes:0} minutes ago");
        return minutes <= MostLagMinutes
            ? new PostgresFinding("rollups", PostgresFindingLevel.Ok, seen)
            : new PostgresFinding(
                "rollups", PostgresFindingLevel.Warning, seen,
                "Queries stay right and grow slower: see that an application that writes runs, and what its log says of folding; calls from a spool are old when they come.");
    }

    public static async Task<PostgresFinding?> LedgerAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var (_, size) = await LookAsync(session, "ledger", cancellationToken).ConfigureAwait(false);
        return size is not { } known ? null : known.Bytes <= MostLedgerBytes
            ? new PostgresFinding("ledger", PostgresFindingLevel.Ok, known.Text)
            : new PostgresFinding(
                "ledger", PostgresFindingLevel.Warning, known.Text,
                "It has a row a writer while batches come in order: see that prune runs (the role's EXECUTE), and VACUUM it.");
    }

    public static async Task<PostgresFinding?> RejectedAsync(DoctorSession session, CancellationToken cancellationToken)
    {
        var (readable, size) = await LookAsync(session, "rejected", cancellationToken).ConfigureAwait(false);
        if (size is not { } known)
        {
            return null;
        }

        if (!readable)
        {
            return new PostgresFinding("rejected", PostgresFindingLevel.Ok, known.Text + "; the role may not read it");
        }

        // Ids rise with time, so this looks at a bounded number of the newest.
        var row = await session.RowAsync(
            "SELECT count(*)::text, string_agg(DISTINCT reason, ', '), max(rejected_at)::text FROM "
            + $"(SELECT reason, rejected_at FROM {session.Names.Rejected} ORDER BY id DESC LIMIT 10000) r WHERE rejected_at > now() - interval '1 day'",
            cancellationToken).ConfigureAwait(false);
        return row[0] == "0"
            ? new PostgresFinding("rejected", PostgresFindingLevel.Ok, known.Text + ", none of the last day")
            : new PostgresFinding(
                "rejected", PostgresFindingLevel.Warning, $"{known.Text}, of the last day {(row[0] == "10000" ? "at least " : "")}{row[0]} ({row[1]}), the last at {row[2]}",
                $"SELECT reason, detail, count(*) FROM {session.Names.Rejected} GROUP BY 1, 2 says what was wrong with them.");
    }

    private static async Task<(bool Readable, (long Bytes, string Text)? Size)> LookAsync(DoctorSession session, string table, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(
            $"SELECT has_table_privilege(c.oid, 'SELECT')::text, pg_total_relation_size(c.oid)::text, pg_size_pretty(pg_total_relation_size(c.oid)) "
            + $"FROM pg_class c WHERE c.oid = to_regclass(format('%I.%I', $1, '{table}'))",
            cancellationToken).ConfigureAwait(false);
        return row[1] is { } bytes ? (row[0] == "true", (long.Parse(bytes, CultureInfo.InvariantCulture), row[2]!)) : (false, null);
    }
}
