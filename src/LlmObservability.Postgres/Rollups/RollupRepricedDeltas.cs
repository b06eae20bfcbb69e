using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Brings new costs into the rollups, as deltas that take the old ones back: for every tag that any process sums, whoever reprices.</summary>
internal sealed class RollupRepricedDeltas(PostgresNames names, PostgresLlmOptions options) : IRepricedDeltas
{
    public async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<RepricedCall> calls, CancellationToken cancellationToken)
    {
        var noted = await NotedAsync(connection, cancellationToken).ConfigureAwait(false);

        // No cap: which values had sums of their own is not known here, and those of a batch are bounded by its calls.
        var values = new RollupValues(RollupValues.WithNoted(options.RollupTags, noted), int.MaxValue);
        await PostgresCopy.WriteAsync(connection, new RollupDeltas(names, values).Encode(calls), options.CommandTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<string>> NotedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(PostgresLlmTracing.Own(RollupValues.NotedSql(names)), connection) { CommandTimeout = options.CommandTimeoutSeconds };
        await using var disposing = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<string> fields = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            fields.Add(reader.GetString(0));
        }

        return fields;
    }
}
