using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Makes the partitions that the rows of a day need, in a transaction of their own, and remembers them.</summary>
internal sealed class PostgresPartitions(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options)
{
    // Few enough that their locks fit beside those of others in a server's default lock table.
    private const int DaysAtATime = 50;

    private readonly string _units =
        $"calls={Unit(options.CallPartitions)},attempts={Unit(options.AttemptPartitions)},tool_calls={Unit(options.ToolCallPartitions)}";

    // Safe for parallel use: a write that was given up may still be under way when the next one begins.
    private readonly ConcurrentDictionary<DateOnly, bool> _known = new();

    public static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    /// <summary>Whether all of them are there, as far as is known.</summary>
    public bool Know(IEnumerable<DateOnly> days) => days.All(_known.ContainsKey);

    /// <summary>Makes what is missing; returns the days that cannot be made.</summary>
    public Task<IReadOnlyCollection<DateOnly>> EnsureAsync(IEnumerable<DateOnly> days, CancellationToken cancellationToken) =>
        MakeAsync([.. days.Where(day => !_known.ContainsKey(day)).Distinct().Order()], cancellationToken);

    /// <summary>Makes today's and those of the next two days, whatever is remembered; returns the days that cannot be made.</summary>
    public Task<IReadOnlyCollection<DateOnly>> MakeAheadAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DayOf(now);
        return MakeAsync([today, today.AddDays(1), today.AddDays(2)], cancellationToken);
    }

    /// <summary>Forgets what is known: somebody dropped a partition.</summary>
    public void Forget() => _known.Clear();

    private static string Unit(PartitionUnit unit) => unit switch
    {
        PartitionUnit.Week => "week",
        PartitionUnit.Month => "month",
        _ => "day",
    };

    private async Task<IReadOnlyCollection<DateOnly>> MakeAsync(DateOnly[] days, CancellationToken cancellationToken)
    {
        List<DateOnly> unavailable = [];
        foreach (var some in days.Chunk(DaysAtATime))
        {
            if (await TryMakeAsync(some, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            foreach (var day in some)
            {
                if (!await TryMakeAsync([day], cancellationToken).ConfigureAwait(false))
                {
                    unavailable.Add(day);
                }
            }
        }

        return unavailable;
    }

    private async Task<bool> TryMakeAsync(DateOnly[] some, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            // It must see what others made while it waited for them, so a stricter default of the database is not for it.
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            await using var rollingBack = transaction.ConfigureAwait(false);
            var command = new NpgsqlCommand(PostgresLlmTracing.Own($"SELECT {names.Of("ensure_partitions")}($1, $2)"), connection);
            await using var disposing = command.ConfigureAwait(false);
            command.CommandTimeout = options.CommandTimeoutSeconds;
            command.Parameters.Add(new NpgsqlParameter<string>
            {
                TypedValue = string.Join(',', some.Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
            });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _units });
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var day in some)
            {
                _known[day] = true;
            }

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState
            is PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InvalidObjectDefinition
            // Further from the server's today than it allows: one of the two clocks is wrong.
            or PostgresErrorCodes.InvalidParameterValue)
        {
            return false;
        }
    }
}
