using System.Data;
using System.Globalization;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Writes a batch in one transaction: its entry in the ledger, its rows, and what is put aside of it. One that is left
/// behind by its caller ends by the bounds of its statements; should it commit yet, the ledger knows.
/// </summary>
internal sealed class PostgresTransaction(NpgsqlDataSource dataSource, PostgresNames names, RollupDeltas deltas, PostgresLlmOptions options)
{
    private readonly int _timeout = (int)Math.Ceiling(options.CommandTimeout.TotalSeconds);

    public async Task<LlmWriteResult> RunAsync(PostgresWork work, bool staged, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        // The claim must see what was committed while it waited, so a stricter default of the database is not for it.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);

        // While the server answers: that a part is committed already, and this is for nothing, is rare.
        var encoding = Task.Run(() => Encode(work, staged, work.Accepted, work.Rejected), CancellationToken.None);
        PostgresClaim claim;
        try
        {
            claim = await ClaimAsync(connection, work.Batch, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await LetGoAsync(encoding).ConfigureAwait(false);
            throw;
        }

        var (rows, accepted) = (await encoding.ConfigureAwait(false), work.Accepted.Count);
        if (claim.ForgottenBefore is { } before)
        {
            rows.Dispose();
            return Forgotten(work, claim, before);
        }

        if (claim.Committed.Count > 0)
        {
            rows.Dispose();
            var missing = work.Accepted.FindAll(item => !claim.IsCommitted(item));
            (rows, accepted) = (Encode(work, staged, missing, work.Rejected.FindAll(item => !claim.IsCommitted(item))), missing.Count);
        }

        using (rows)
        {
            foreach (var table in rows.Tables)
            {
                await PostgresCopy.WriteAsync(connection, table, options.CommandTimeout, cancellationToken).ConfigureAwait(false);
            }
        }

        var written = staged && accepted > 0
            ? await MergeAsync(connection, work, cancellationToken).ConfigureAwait(false)
            : accepted;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);

        // What was put aside is told again when the batch comes again: its sender may not have heard it.
        return new LlmWriteResult(written, work.Accepted.Count - written, Told(work.Rejected));
    }

    /// <summary>Gives back the buffers of rows that are not wanted any more.</summary>
    private static async Task LetGoAsync(Task<PostgresRows> encoding)
    {
        await ((Task)encoding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (encoding.IsCompletedSuccessfully)
        {
            (await encoding.ConfigureAwait(false)).Dispose();
        }
    }

    private PostgresRows Encode(PostgresWork work, bool staged, List<Numbered> accepted, List<Numbered> rejected) =>
        PostgresRows.Encode(names, deltas, work.Batch.WriterId, staged, accepted, rejected);

    /// <summary>What fails here is no record's fault, whatever the server calls it.</summary>
    private async Task<PostgresClaim> ClaimAsync(NpgsqlConnection connection, LlmBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await PostgresClaim.MakeAsync(connection, names, _timeout, batch, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception)
        {
            if (exception.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
            {
                // Sessions keep the defaults they began with, and the server they are on: these would never write again.
                dataSource.Clear();
            }

            throw PostgresErrors.ToSinkException(exception, names);
        }
    }

    /// <summary>Nothing is written: what is not known to be committed may be, and would be there twice.</summary>
    private LlmWriteResult Forgotten(PostgresWork work, PostgresClaim claim, DateTimeOffset before)
    {
        var detail = $"The ledger has forgotten what was committed of records from before {before.UtcDateTime:u}, so that they are not written: "
            + $"keep LlmObservability:Pipeline:MaxSpoolAge a day below {PostgresLlmOptions.SectionName}:{nameof(options.LedgerRetention)}, "
            + $"which is {options.LedgerRetention.TotalDays:0.#} days, and replay a spool before it is older.";
        Numbered Refused(Numbered item) =>
            claim.IsCommitted(item) ? item : item with { Reason = LlmDropReason.Expired, Detail = detail };

        var accepted = work.Accepted.ConvertAll(Refused);
        var rejected = accepted.FindAll(item => item.Reason is not null);
        return new LlmWriteResult(
            0, accepted.Count - rejected.Count, Told([.. rejected.Concat(work.Rejected.ConvertAll(Refused)).OrderBy(item => item.Sequence)]));
    }

    private static LlmRejection[]? Told(List<Numbered> rejected) =>
        rejected.Count == 0 ? null : [.. rejected.Select(item => new LlmRejection(item.Sequence, item.Reason!.Value, item.Detail))];

    /// <summary>Moves what was staged into the tables. Only calls that were not there before add to the rollups.</summary>
    private async Task<int> MergeAsync(NpgsqlConnection connection, PostgresWork work, CancellationToken cancellationToken)
    {
        var (written, calls) = await MergeStagedAsync(connection, work.Batch.WriterId, cancellationToken).ConfigureAwait(false);
        await PostgresCopy.WriteAsync(
            connection, deltas.Encode(work.Accepted.FindAll(item => calls.Contains(item.Sequence))), options.CommandTimeout, cancellationToken)
            .ConfigureAwait(false);
        return written;
    }

    private async Task<(int Written, HashSet<long> Calls)> MergeStagedAsync(
        NpgsqlConnection connection, Guid writerId, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            PostgresLlmTracing.Own($"SELECT merged, call_sequences FROM {names.Of("merge_batch")}($1)"), connection)
        { CommandTimeout = _timeout };
        await using var disposing = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = writerId });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (
            (int)reader.GetInt64(0),
            [.. reader.GetString(1).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => long.Parse(number, CultureInfo.InvariantCulture))]);
    }
}
