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

        List<string> removed = [];
        List<string> needed = [];
        foreach (var parent in some.Select(partition => partition.Parent ?? "calls").Distinct())
        {
            await DropAsync(parent, removed, needed, cancellationToken).ConfigureAwait(false);
        }

        if (removed.Count > 0)
        {
            logger.PartitionsRemoved(removed.Count, string.Join(", ", removed));
        }

        return needed.Count == 0
            ? removed.Count > 0 && expired.Count > removed.Count
            : throw new LlmSinkException(
                $"Partitions are older than what is kept and stay, since other objects need them ({string.Join(", ", needed)}): "
                + "drop those objects, or detach the partitions.");
    }

    private async Task<List<ExpiredPartition>> ReadAsync(CancellationToken cancellationToken)
    {
        var command = Command($"SELECT parent, table_schema, table_name, state, marked FROM {names.Of("expired_partitions")}($1, $2)");
        await using var disposing = command.ConfigureAwait(false);
        AddRetention(command);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<ExpiredPartition> expired = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            expired.Add(new ExpiredPartition(
                await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(0),
                PostgresNames.Quote(reader.GetString(1)) + "." + PostgresNames.Quote(reader.GetString(2)),
                reader.GetString(3),
                reader.GetBoolean(4)));
        }

        return expired;
    }

    private async Task DropAsync(string parent, List<string> removed, List<string> needed, CancellationToken cancellationToken)
    {
        var command = Command($"SELECT table_name, outcome FROM {names.Of("expire_partitions")}($3, $1, $2)");
        await using var disposing = command.ConfigureAwait(false);
        AddRetention(command);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parent });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var list = reader.GetString(1) switch
            {
                "dropped" => removed,
                "needed" => needed,
                _ => null,
            };
            list?.Add(reader.GetString(0));
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
/// <param name="Quoted">Its name as SQL wants it.</param>
/// <param name="State">attached, detaching or detached.</param>
/// <param name="Marked">Whether a comment says that this library removes it.</param>
internal sealed record ExpiredPartition(string? Parent, string Quoted, string State, bool Marked);
