using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Keeps the tags that a process sums those of all processes: it notes its own in the schema and takes over what others noted.
/// A tag's sums count from an hour after it was noted, by when each has looked many times; one that cannot look writes nothing.
/// Used by one writer at a time.
/// </summary>
internal sealed class RollupNotedTags(
    NpgsqlDataSource dataSource, PostgresNames names, RollupValues values, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    private readonly string _own = RollupValues.FieldsOf(options.RollupTags);
    private long? _looked;

    /// <summary>Looks, unless it did a short while ago.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_looked is { } before && timeProvider.GetElapsedTime(before) < Fresh)
        {
            return;
        }

        var began = timeProvider.GetTimestamp();
        var command = dataSource.CreateCommand(PostgresLlmTracing.Own($"SELECT {names.Of("note_tags")}($1)"));
        await using var disposing = command.ConfigureAwait(false);
        command.CommandTimeout = options.CommandTimeoutSeconds;
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _own });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        List<string> noted = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            noted.Add(reader.GetString(0));
        }

        values.Sum(RollupValues.WithNoted(options.RollupTags, noted));
        _looked = began;
    }

    /// <summary>Looks the next time, whenever the last was.</summary>
    public void Forget() => _looked = null;
}
