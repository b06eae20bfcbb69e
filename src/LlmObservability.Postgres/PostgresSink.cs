using System.Data;
using System.Globalization;
using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Writes batches by binary COPY. One transaction holds a batch's rows and its entry in the ledger, so that a batch
/// that comes again, however it is cut, adds only what is missing. Used by one worker at a time.
/// </summary>
internal sealed class PostgresSink(NpgsqlDataSource dataSource, PostgresNames names, PostgresLlmOptions options, TimeProvider timeProvider)
{
    // A clock that is a little ahead must not lose calls.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private readonly int _timeout = (int)Math.Ceiling(options.CommandTimeout.TotalSeconds);

    private readonly string _boundSql = PostgresLlmTracing.Own(
        "SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)");

    private readonly string _claimSql =
        PostgresLlmTracing.Own($"SELECT committed_first, committed_last FROM {names.Of("claim_batch")}($1, $2, $3)");

    private readonly PostgresPartitions _partitions =
        new(dataSource, names, (int)Math.Ceiling(options.CommandTimeout.TotalSeconds));

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await new PostgresMigrator(dataSource, names, _timeout)
                .RunAsync(options.SchemaMode, cancellationToken).ConfigureAwait(false);
            var today = PostgresPartitions.DayOf(timeProvider.GetUtcNow());
            _partitions.Forget();
            await _partitions.EnsureAsync([today, today.AddDays(1)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw PostgresErrors.ToSinkException(exception, names);
        }
    }

    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            var work = await WithPartitionsAsync(Split(batch), cancellationToken).ConfigureAwait(false);
            try
            {
                return await WriteOnceAsync(work, staged: false, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // An id that is there already, though the ledger does not know the number.
                return await WriteOnceAsync(work, staged: true, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (PostgresErrors.IsMissingPartition(exception))
            {
                // No partition takes the row: somebody dropped one that was there.
                _partitions.Forget();
                work = await WithPartitionsAsync(work, cancellationToken).ConfigureAwait(false);
                return await WriteOnceAsync(work, staged: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw PostgresErrors.ToSinkException(exception, names);
        }
    }

    private Work Split(LlmBatch batch)
    {
        var now = timeProvider.GetUtcNow();
        var (oldest, newest) = (now - options.Retention, now + Ahead);
        List<Numbered> accepted = new(batch.Envelopes.Count);
        List<Numbered> rejected = [];
        for (var i = 0; i < batch.Envelopes.Count; i++)
        {
            var envelope = batch.Envelopes[i];
            LlmDropReason? reason = envelope.CallStartedAt < oldest || envelope.CallStartedAt > newest
                ? LlmDropReason.OutsideWindow
                : LlmCallId.Matches(envelope.CallId, envelope.CallStartedAt) && HasDistinctOrdinals(envelope) ? null : LlmDropReason.Poison;
            (reason is null ? accepted : rejected).Add(new Numbered(batch.FirstSequence + i, envelope, reason));
        }

        return new Work(batch, accepted, rejected);
    }

    /// <summary>Makes the partitions; what belongs to a day that somebody detached is put aside rather than holding up the rest.</summary>
    private async Task<Work> WithPartitionsAsync(Work work, CancellationToken cancellationToken)
    {
        var days = DaysOf(work.Accepted);
        if (_partitions.Know(days))
        {
            return work;
        }

        var unavailable = await _partitions.EnsureAsync(days, cancellationToken).ConfigureAwait(false);
        if (unavailable.Count == 0)
        {
            return work;
        }

        bool IsUnavailable(Numbered item) => unavailable.Contains(PostgresPartitions.DayOf(item.Envelope.CallStartedAt));
        var aside = work.Accepted.FindAll(IsUnavailable).ConvertAll(item => item with { Reason = LlmDropReason.OutsideWindow });
        return new Work(work.Batch, work.Accepted.FindAll(item => !IsUnavailable(item)), [.. work.Rejected, .. aside]);
    }

    private static HashSet<DateOnly> DaysOf(List<Numbered> items)
    {
        HashSet<DateOnly> days = [];
        DateOnly? last = null;
        foreach (var item in items)
        {
            var day = PostgresPartitions.DayOf(item.Envelope.CallStartedAt);
            if (day != last)
            {
                days.Add(day);
                last = day;
            }
        }

        return days;
    }

    /// <summary>
    /// One transaction. The driver cannot cancel the end of a COPY, so a caller who cancels is let go, and what is under
    /// way ends by the bounds of its statements; should it commit yet, the ledger knows.
    /// </summary>
    private async Task<LlmWriteResult> WriteOnceAsync(Work work, bool staged, CancellationToken cancellationToken)
    {
        var writing = TransactAsync(work, staged, cancellationToken);
        try
        {
            return await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!writing.IsCompleted)
        {
            _ = writing.ContinueWith(
                static left => _ = left.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }

    private async Task<LlmWriteResult> TransactAsync(Work work, bool staged, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        // The claim must see what was committed while it waited, so a stricter default of the database is not for it.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);

        var (rows, accepted) = await ClaimAndEncodeAsync(connection, work, staged, cancellationToken).ConfigureAwait(false);
        using (rows)
        {
            foreach (var table in rows.Tables)
            {
                await PostgresCopy.WriteAsync(connection, table, options.CommandTimeout, cancellationToken).ConfigureAwait(false);
            }
        }

        var written = staged && accepted > 0
            ? await MergeAsync(connection, work.Batch.WriterId, cancellationToken).ConfigureAwait(false)
            : accepted;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);

        // What was put aside is told again when the batch comes again: its sender may not have heard it.
        return new LlmWriteResult(
            written,
            work.Accepted.Count - written,
            work.Rejected.Count == 0 ? null : [.. work.Rejected.Select(item => new LlmRejection(item.Sequence, item.Reason!.Value))]);
    }

    private async Task<(PostgresRows Rows, int Accepted)> ClaimAndEncodeAsync(
        NpgsqlConnection connection, Work work, bool staged, CancellationToken cancellationToken)
    {
        // While the server answers: that a part is committed already, and this is for nothing, is rare.
        var encoding = Task.Run(
            () => PostgresRows.Encode(names, work.Batch.WriterId, staged, work.Accepted, work.Rejected), CancellationToken.None);
        List<(long First, long Last)> committed;
        try
        {
            committed = await ClaimAsync(connection, work.Batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ((Task)encoding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var rows = await encoding.ConfigureAwait(false);
        if (committed.Count == 0)
        {
            return (rows, work.Accepted.Count);
        }

        rows.Dispose();
        var accepted = work.Accepted.FindAll(item => !IsCommitted(committed, item.Sequence));
        var rejected = work.Rejected.FindAll(item => !IsCommitted(committed, item.Sequence));
        return (PostgresRows.Encode(names, work.Batch.WriterId, staged, accepted, rejected), accepted.Count);
    }

    // Two children of one ordinal contradict each other; the key would let only one in.
    private static bool HasDistinctOrdinals(LlmEnvelope envelope)
    {
        return envelope is not LlmCallEnvelope call
            || ((call.Attempts.Count < 2 || call.Attempts.DistinctBy(attempt => attempt.Ordinal).Count() == call.Attempts.Count)
                && (call.ToolCalls.Count < 2 || call.ToolCalls.DistinctBy(tool => tool.Ordinal).Count() == call.ToolCalls.Count));
    }

    /// <summary>
    /// Claims the batch's numbers, and before that bounds the transaction: a session that loses its client must not keep
    /// its writer's lock, so the server ends it by itself. Both in one round trip; each statement has its own bound.
    /// </summary>
    private async Task<List<(long First, long Last)>> ClaimAsync(
        NpgsqlConnection connection, LlmBatch batch, CancellationToken cancellationToken)
    {
        var commands = new NpgsqlBatch(connection) { Timeout = _timeout };
        await using var disposing = commands.ConfigureAwait(false);
        commands.BatchCommands.Add(new NpgsqlBatchCommand(_boundSql)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = _timeout.ToString(CultureInfo.InvariantCulture) + "s" } },
        });
        commands.BatchCommands.Add(new NpgsqlBatchCommand(_claimSql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = batch.WriterId },
                new NpgsqlParameter<long> { TypedValue = batch.FirstSequence },
                new NpgsqlParameter<long> { TypedValue = batch.LastSequence },
            },
        });
        var reader = await commands.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<(long, long)> ranges = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ranges.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        return ranges;
    }

    private async Task<int> MergeAsync(NpgsqlConnection connection, Guid writerId, CancellationToken cancellationToken)
    {
        var command = Command(connection, $"SELECT {names.Of("merge_staged")}($1)");
        await using var disposing = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = writerId });
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql)
    {
        return new NpgsqlCommand(PostgresLlmTracing.Own(sql), connection) { CommandTimeout = _timeout };
    }

    private static bool IsCommitted(List<(long First, long Last)> ranges, long sequence) =>
        ranges.Exists(range => range.First <= sequence && sequence <= range.Last);

    private sealed record Work(LlmBatch Batch, List<Numbered> Accepted, List<Numbered> Rejected);
}

/// <summary>An envelope with its number, and why it is put aside if it is.</summary>
internal readonly record struct Numbered(long Sequence, LlmEnvelope Envelope, LlmDropReason? Reason);
