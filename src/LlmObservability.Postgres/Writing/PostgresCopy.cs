using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Sends encoded rows by binary COPY.</summary>
internal static class PostgresCopy
{
    // A usual batch in one message: measured, smaller ones wake the server more often than they let it begin sooner.
    private const int ChunkBytes = 1024 * 1024;

    public static async Task WriteAsync(
        NpgsqlConnection connection, PostgresTableRows table, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var copy = await connection.BeginRawBinaryCopyAsync(
            PostgresLlmTracing.Own($"COPY {table.Target} FROM STDIN (FORMAT BINARY)"), cancellationToken).ConfigureAwait(false);
        try
        {
            copy.ReadTimeout = copy.WriteTimeout = (int)timeout.TotalMilliseconds;
            for (var rest = table.Buffer.Written; rest.Length > 0; rest = rest[Math.Min(ChunkBytes, rest.Length)..])
            {
                await copy.WriteAsync(rest[..Math.Min(ChunkBytes, rest.Length)], cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await CancelAsync(copy).ConfigureAwait(false);
            throw;
        }

        // Only at the end the server says whether it took the rows.
        await copy.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Sends the rows of those tables that have any; the buffers of all are given back.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<PostgresTableRows> tables, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var table in tables.Where(table => table.Buffer.Rows > 0))
            {
                await WriteAsync(connection, table, timeout, cancellationToken).ConfigureAwait(false);
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

    private static async Task CancelAsync(NpgsqlRawCopyStream copy)
    {
        try
        {
            await copy.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What ended the COPY is what counts; a connection that is broken has nothing to cancel.
        }
    }
}
