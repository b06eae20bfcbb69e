using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>Makes the rollups' share of a batch: sums of its calls, which are appended in its transaction. Thread-safe.</summary>
internal sealed class RollupDeltas(PostgresNames names, RollupValues values)
{
    public static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // A row of few calls.
    private const int BytesARow = 512;

    /// <summary>The rows of these calls, encoded for COPY; none for none. Whoever takes them disposes their buffers.</summary>
    public IReadOnlyList<PostgresTableRows> Encode(List<Numbered> accepted)
    {
        var sums = new RollupSums(new TextTable(), Minute);
        var spent = new ValueSums(Hour);
        foreach (var item in accepted)
        {
            if (item.Envelope is LlmCallEnvelope envelope)
            {
                sums.Add(envelope.Call);
                values.Add(spent, envelope.Call);
            }
        }

        return Encode(sums, spent);
    }

    /// <summary>What changes with the costs of these calls, encoded for COPY.</summary>
    public IReadOnlyList<PostgresTableRows> Encode(IEnumerable<RepricedCall> repriced)
    {
        var sums = new RollupSums(new TextTable(), Minute);
        var spent = new ValueSums(Hour);
        foreach (var (call, before, after) in repriced)
        {
            sums.Reprice(call, before, after.Cost);
            values.Reprice(spent, call, before, after.Cost);
        }

        return Encode(sums, spent);
    }

    /// <summary>Rows of a level.</summary>
    public PostgresTableRows Rows(string table, RollupSums sums, Predicate<DateTimeOffset>? chosen = null)
    {
        var rows = new PostgresTableRows($"{names.Of(table)} ({RollupColumns.All})", new PostgresRowBuffer(sums.Count * BytesARow));
        sums.Write(rows.Buffer, chosen);
        rows.Buffer.Trailer();
        return rows;
    }

    /// <summary>Rows of a level of values.</summary>
    public PostgresTableRows Rows(string table, ValueSums spent)
    {
        var rows = new PostgresTableRows($"{names.Of(table)} ({RollupColumns.Values})", new PostgresRowBuffer(BytesARow));
        spent.Write(rows.Buffer);
        rows.Buffer.Trailer();
        return rows;
    }

    private List<PostgresTableRows> Encode(RollupSums sums, ValueSums spent)
    {
        List<PostgresTableRows> filled = new(2);
        foreach (var table in (ReadOnlySpan<PostgresTableRows>)[Rows("rollup_deltas", sums), Rows("rollup_value_deltas", spent)])
        {
            if (table.Buffer.Rows > 0)
            {
                filled.Add(table);
            }
            else
            {
                table.Buffer.Dispose();
            }
        }

        return filled;
    }
}
