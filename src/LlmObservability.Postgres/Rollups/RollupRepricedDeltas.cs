using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Brings new costs into the rollups, as deltas that take the old ones back.</summary>
internal sealed class RollupRepricedDeltas(RollupDeltas deltas, TimeSpan timeout) : IRepricedDeltas
{
    public async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<RepricedCall> calls, CancellationToken cancellationToken)
    {
        var tables = deltas.Encode(calls);
        try
        {
            foreach (var table in tables)
            {
                await PostgresCopy.WriteAsync(connection, table, timeout, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var table in tables)
            {
                table.Buffer.Dispose();
            }
        }
    }
}
