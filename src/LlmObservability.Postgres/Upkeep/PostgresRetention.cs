using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Removes partitions that are wholly older than what is kept; no row is ever deleted. A role that owns the tables detaches
/// concurrently, which holds up nobody and waits for those who read; the rest, and the dropping, is a function's that waits for nobody. Any number
/// of instances may do so at once.
/// </summary>
internal sealed class PostgresRetention(
    NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider, ILogger logger)
{
    private const int MostAtATime = 50;
    private static readonly TimeSpan RoundLimit = TimeSpan.FromMinutes(5);

    private readonly PostgresDetaching _detaching = new(dataSource, names, options);
    private readonly PostgresBound _bound = new(timeProvider, RoundLimit, null, cancelledIsSilent: false);

    public UpkeepStep Step => new("retention", TimeSpan.FromHours(1), token => _bound.RunAsync(RemoveAsync, token));

    /// <summary>Says whether there is more, after a round that got on.</summary>
    private async Task<bool> RemoveAsync(CancellationToken cancellationToken)
    {
        var expired = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (expired.Count == 0)
        {
            return false;
        }

        var some = expired.Take(MostAtATime).ToList();
        await _detaching.RunAsync(some, cancellationToken).ConfigureAwait(false);

        List<(string Table, string Outcome)> outcomes = [];
        foreach (var parent in some.Select(partition => partition.Parent ?? "calls").Distinct())
        {
            try
            {
                await DropAsync(parent, outcomes, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // Already to look at a partition takes a lock, which another instance that drops it may hold for too long.
            }
        }

        var removed = outcomes.FindAll(table => table.Outcome == "dropped").ConvertAll(table => table.Table);
        if (removed.Count > 0 && logger.IsEnabled(LogLevel.Information))
        {
            logger.PartitionsRemoved(removed.Count, string.Join(", ", removed));
        }

        ThrowWhereStuck(outcomes, expired);
        return removed.Count > 0 && expired.Count > removed.Count;
    }

    /// <summary>What is in use now is gone in an hour; what is not gone after a day, somebody should know of.</summary>
    private static void ThrowWhereStuck(List<(string Table, string Outcome)> outcomes, List<ExpiredPartition> expired)
    {
        if (outcomes.Find(table => table.Outcome == "needed").Table is { } needed)
        {
            throw new LlmSinkException(
                $"Partition {needed} is older than what is kept and stays, since another object needs it: drop that object, or detach the partition.");
        }

        var held = outcomes.Find(table => table.Outcome != "dropped" && expired.Exists(partition => partition.Name == table.Table && partition.Overdue));
        if (held.Table is not null)
        {
            throw new LlmSinkException(
                $"Partition {held.Table} should have been removed more than a day ago, and it or its table is always in use: "
                + "find the transaction that stays open, or let a role that owns the tables write.");
        }
    }

    private async Task<List<ExpiredPartition>> ReadAsync(CancellationToken cancellationToken)
    {
        var command = Command($"SELECT parent, table_schema, table_name, state, marked, overdue FROM {names.Of("expired_partitions")}($1, $2)");
        await using var disposing = command.ConfigureAwait(false);
        AddRetention(command);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<ExpiredPartition> expired = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            expired.Add(new ExpiredPartition(
                await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(0),
                reader.GetString(2),
                PostgresNames.Quote(reader.GetString(1)) + "." + PostgresNames.Quote(reader.GetString(2)),
                reader.GetString(3),
                reader.GetBoolean(4),
                reader.GetBoolean(5)));
        }

        return expired;
    }

    private async Task DropAsync(string parent, List<(string Table, string Outcome)> outcomes, CancellationToken cancellationToken)
    {
        var command = Command($"SELECT table_name, outcome FROM {names.Of("expire_partitions")}($3, $1, $2)");
        await using var disposing = command.ConfigureAwait(false);
        AddRetention(command);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parent });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            outcomes.Add((reader.GetString(0), reader.GetString(1)));
        }
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = dataSource.CreateCommand(PostgresLlmTracing.Own(sql));
        command.CommandTimeout = options.CommandTimeoutSeconds;
        return command;
    }

    private void AddRetention(NpgsqlCommand command)
    {
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)options.Retention.TotalSeconds });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)options.RollupRetention.TotalSeconds });
    }
}

/// <summary>A partition that is wholly older than what is kept.</summary>
/// <param name="Parent">Its table; null of one that is detached.</param>
/// <param name="Name">Its name.</param>
/// <param name="Quoted">The same with its schema, as SQL wants it.</param>
/// <param name="State">attached, detaching or detached.</param>
/// <param name="Marked">Whether a comment says that this library removes it.</param>
/// <param name="Overdue">Whether it should have been removed more than a day ago.</param>
internal sealed record ExpiredPartition(string? Parent, string Name, string Quoted, string State, bool Marked, bool Overdue);
