using System.Globalization;
using LlmObservability.Testing.Otlp;
using Npgsql;

namespace LlmObservability.Faults.Harness;

/// <summary>All that a run left in the store, read past the library.</summary>
internal sealed class StoredRows
{
    public List<StoredCall> Calls { get; } = [];

    /// <summary>Rows of attempts by call.</summary>
    public Dictionary<Guid, int> Attempts { get; private init; } = [];

    public Dictionary<Guid, int> Tools { get; private init; } = [];

    /// <summary>Amendments by call, without the poison ones.</summary>
    public Dictionary<Guid, int> Amendments { get; private init; } = [];

    /// <summary>Whether amendments have a place there; not where calls are spans.</summary>
    public bool HoldsAmendments { get; private init; } = true;

    /// <summary>Poison amendments that were stored, since cleaning made them storable.</summary>
    public long PoisonStored { get; private init; }

    /// <summary>Envelopes that were put aside, with their reason.</summary>
    public Dictionary<string, int> Aside { get; private init; } = [];

    /// <summary>What a receiver of OTLP has, each id once.</summary>
    public static StoredRows Of(IReadOnlyList<OtlpRecord> records, bool holdsAmendments)
    {
        var rows = new StoredRows
        {
            HoldsAmendments = holdsAmendments,
            Attempts = Count("llm_observability.attempt"),
            Tools = Count("llm_observability.tool_call"),
            Amendments = records.Where(record => record["llm_observability.amendment.kind"] is { } kind && kind != Child.Work.PoisonKind)
                .GroupBy(CallOf).ToDictionary(group => group.Key, group => group.Count()),
        };
        rows.Calls.AddRange(records.Where(record => record.Event == "llm_observability.call").Select(record => ToCall(record, tellsTools: holdsAmendments)));
        return rows;

        Dictionary<Guid, int> Count(string name) =>
            records.Where(record => record.Event == name).GroupBy(CallOf).ToDictionary(group => group.Key, group => group.Count());
    }

    public static async Task<StoredRows> ReadAsync(string connectionString, string schema)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        var rows = new StoredRows
        {
            Attempts = await CountsAsync(source, $"SELECT call_id, count(*)::int FROM {schema}.attempts GROUP BY call_id"),
            Tools = await CountsAsync(source, $"SELECT call_id, count(*)::int FROM {schema}.tool_calls GROUP BY call_id"),
            Amendments = await CountsAsync(source, $"SELECT call_id, count(*)::int FROM {schema}.amendments WHERE kind <> '{Child.Work.PoisonKind}' GROUP BY call_id"),
            PoisonStored = (await CountsAsync(source, $"SELECT id, 1 FROM {schema}.amendments WHERE kind = '{Child.Work.PoisonKind}'")).Count,
            Aside = await ReasonsAsync(source, $"SELECT reason, count(*)::int FROM {schema}.rejected GROUP BY reason"),
        };
        await using var command = source.CreateCommand(
            $"""
            SELECT id, (extract(epoch FROM started_at) * 1000000)::bigint, input_tokens, output_tokens, cost_nanos,
              attempt_count, tool_call_count, tenant, tags ->> '{Child.Work.NumberTag}'
            FROM {schema}.calls
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Calls.Add(new StoredCall(
                reader.GetGuid(0), reader.GetInt64(1), Number(2), Number(3), Number(4), reader.GetInt32(5), reader.GetInt32(6), Text(7), Text(8)));
        }

        return rows;

        long? Number(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private static Guid CallOf(OtlpRecord record) => Guid.Parse(record["llm_observability.call.id"]!);

    private static StoredCall ToCall(OtlpRecord record, bool tellsTools)
    {
        return new StoredCall(
            CallOf(record),
            long.Parse(record.Time, CultureInfo.InvariantCulture) / 1_000,
            Whole("gen_ai.usage.input_tokens"),
            Whole("gen_ai.usage.output_tokens"),
            record["gen_ai.usage.cost"] is { } cost ? (long)Math.Round(decimal.Parse(cost, NumberStyles.Float, CultureInfo.InvariantCulture) * LlmCost.NanosPerUsd) : null,
            (int)(Whole("llm_observability.attempts") ?? 1),
            tellsTools ? (int)(Whole("llm_observability.tool_calls") ?? 0) : null,
            record["llm_observability.tag.tenant"],
            record["llm_observability.tag." + Child.Work.NumberTag]);

        long? Whole(string key) => record[key] is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : null;
    }

    private static async Task<Dictionary<Guid, int>> CountsAsync(NpgsqlDataSource source, string sql)
    {
        Dictionary<Guid, int> counts = [];
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts[reader.GetGuid(0)] = reader.GetInt32(1);
        }

        return counts;
    }

    private static async Task<Dictionary<string, int>> ReasonsAsync(NpgsqlDataSource source, string sql)
    {
        Dictionary<string, int> counts = [];
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts[reader.GetString(0)] = reader.GetInt32(1);
        }

        return counts;
    }
}
