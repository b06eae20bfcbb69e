using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>How far a run came and what it counted: its row, or for a dry run this alone.</summary>
internal sealed class RepricingJob(PostgresNames names, PostgresRepricingRequest request, DateOnly catalogDate, Guid newId)
{
    private readonly string _table = names.Of("repricing_jobs");

    /// <summary>The run's id; null of a dry run, which has no row.</summary>
    public Guid? Id { get; } = request.DryRun ? null : request.JobId ?? newId;

    public RepricingTotals Totals { get; private set; } = new();

    public (DateTimeOffset StartedAt, Guid Id)? Cursor { get; private set; }

    public bool Finished { get; private set; }

    public PostgresRepricingReport ToReport() => Totals.ToReport(Id, Finished);

    /// <summary>Makes the row, if it is a new run, and looks at what it says: another process may have gone on with it.</summary>
    /// <exception cref="ArgumentException">The run is one of other times or of another catalog.</exception>
    public async Task ReadAsync(NpgsqlConnection connection, int commandTimeout, CancellationToken cancellationToken)
    {
        if (Id is not { } id)
        {
            return;
        }

        var insert = new PostgresStatement();
        var begin = insert.ToCommand(
            $"INSERT INTO {_table} (id, from_time, to_time, catalog_date, report) VALUES ({insert.Id(id)}, {insert.Time(request.From)}, "
            + $"{insert.Time(request.To)}, {Date(insert)}, '{{}}') ON CONFLICT (id) DO NOTHING",
            connection,
            commandTimeout);
        await using var disposing = begin.ConfigureAwait(false);
        await begin.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);

        var select = new PostgresStatement();
        var read = select.ToCommand(
            $"SELECT from_time = {select.Time(request.From)} AND to_time = {select.Time(request.To)} AND catalog_date = {Date(select)}, "
            + $"cursor_started_at, cursor_id, finished_at IS NOT NULL, report FROM {_table} WHERE id = {select.Id(id)} FOR UPDATE",
            connection,
            commandTimeout);
        await using var disposingToo = read.ConfigureAwait(false);
        var reader = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false) || !reader.GetBoolean(0))
        {
            throw new ArgumentException(
                $"The repricing {id} began with other times or another catalog: give those, or begin a new one.");
        }

        Cursor = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false)
            ? null : (await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellationToken).ConfigureAwait(false), reader.GetGuid(2));
        Finished = reader.GetBoolean(3);
        Totals = RepricingTotals.Parse(reader.GetString(4));
    }

    /// <summary>Moves behind the last call of a batch.</summary>
    /// <param name="last">The last call; null when there was none.</param>
    /// <param name="finished">Whether there are no more.</param>
    public void Advance(LlmCall? last, bool finished)
    {
        Cursor = last is null ? Cursor : (last.StartedAt, last.Id);
        Finished = finished;
    }

    public async Task SaveAsync(NpgsqlConnection connection, int commandTimeout, CancellationToken cancellationToken)
    {
        if (Id is not { } id)
        {
            return;
        }

        var update = new PostgresStatement();
        var cursor = Cursor is { } at ? $"cursor_started_at = {update.Time(at.StartedAt)}, cursor_id = {update.Id(at.Id)}, " : "";
        var save = update.ToCommand(
            $"UPDATE {_table} SET {cursor}updated_at = now(), finished_at = {(Finished ? "now()" : "NULL")}, report = {update.Text(Totals.ToJson())}::jsonb "
            + $"WHERE id = {update.Id(id)}",
            connection,
            commandTimeout);
        await using var disposing = save.ConfigureAwait(false);
        await save.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private string Date(PostgresStatement statement) =>
        statement.Text(catalogDate.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)) + "::date";
}
