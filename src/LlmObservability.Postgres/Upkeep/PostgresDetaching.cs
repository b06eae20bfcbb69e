using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Detaches expired partitions concurrently: others read and write their table meanwhile, and nobody waits behind it. Only an owner
/// of the tables can, and only outside of a transaction. What is interrupted is finished the next time.
/// </summary>
internal sealed class PostgresDetaching(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options)
{
    // Waits for whoever uses the table, without a lock; a query that takes longer is waited for the next time.
    private const int MostSeconds = 10;

    // Unlike that, finishing holds a lock while it waits, which keeps others from attaching a partition.
    private static readonly TimeSpan MostToFinish = TimeSpan.FromMilliseconds(200);

    /// <summary>The comment by which a detached table is known as one to be dropped. The migration has it too.</summary>
    private const string Mark = "Expired: LlmObservability removes this table.";

    public async Task RunAsync(IReadOnlyList<ExpiredPartition> expired, CancellationToken cancellationToken)
    {
        if (!await OwnsAsync(cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        foreach (var partitions in expired.Where(partition => partition.Parent is not null).GroupBy(partition => partition.Parent!))
        {
            // One at a time of each table can be detaching; somebody else's is not finished here.
            foreach (var partition in partitions.OrderBy(partition => partition.State != "detaching"))
            {
                if (!await TryDetachAsync(names.Of(partitions.Key), partition, cancellationToken).ConfigureAwait(false))
                {
                    break;
                }
            }
        }
    }

    private async Task<bool> OwnsAsync(CancellationToken cancellationToken)
    {
        var command = dataSource.CreateCommand(PostgresLlmTracing.Own(
            "SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass($1)"));
        await using var disposing = command.ConfigureAwait(false);
        command.CommandTimeout = options.CommandTimeoutSeconds;
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = names.Calls });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>False when the others of its table would meet the same.</summary>
    private async Task<bool> TryDetachAsync(string parent, ExpiredPartition partition, CancellationToken cancellationToken)
    {
        try
        {
            if (partition.State == "detaching")
            {
                if (partition.Marked)
                {
                    await FinishAsync(parent, partition, cancellationToken).ConfigureAwait(false);
                }

                return partition.Marked;
            }

            // Before, so that a table that a crash leaves detached is dropped the next time; one without it is somebody's own.
            await ExecuteAsync($"COMMENT ON TABLE {partition.Quoted} IS '{Mark}'", cancellationToken).ConfigureAwait(false);
            await ExecuteAsync($"ALTER TABLE {parent} DETACH PARTITION {partition.Quoted} CONCURRENTLY", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException)
        {
            // Another instance was first, a default partition forbids it, or the bound is over: the function does what it can.
            return false;
        }
        catch (NpgsqlException exception) when (exception.InnerException is TimeoutException)
        {
            return false;
        }
    }

    private async Task FinishAsync(string parent, ExpiredPartition partition, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);
        var bound = new NpgsqlBatch(connection) { Timeout = options.CommandTimeoutSeconds };
        await using var disposing = bound.ConfigureAwait(false);
        bound.BatchCommands.Add(new NpgsqlBatchCommand(PostgresLlmTracing.Own("SELECT set_config('statement_timeout', $1, true)"))
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = MostToFinish.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) + "ms" },
            },
        });
        await bound.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        var finish = new NpgsqlCommand(
            PostgresLlmTracing.Own($"ALTER TABLE {parent} DETACH PARTITION {partition.Quoted} FINALIZE"), connection);
        await using var finishing = finish.ConfigureAwait(false);
        await finish.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        var command = dataSource.CreateCommand(PostgresLlmTracing.Own(sql));
        await using var disposing = command.ConfigureAwait(false);
        command.CommandTimeout = Math.Min(MostSeconds, options.CommandTimeoutSeconds);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
