using LlmObservability.Sinks;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Writes batches by binary COPY. One transaction holds a batch's rows and its entry in the ledger, so that a batch
/// that comes again, however it is cut, adds only what is missing. Used by one worker at a time.
/// </summary>
internal sealed class PostgresSink
{
    // A clock that is a little ahead must not lose calls.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private readonly NpgsqlDataSource _dataSource;
    private readonly PostgresNames _names;
    private readonly PostgresLlmOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly PostgresBound _preparing;
    private readonly PostgresBound _writing;
    private readonly PostgresPartitions _partitions;
    private readonly RollupNotedTags _tags;
    private readonly PostgresTransaction _transaction;

    // Whether the server refuses COPY into the tables, as it does to a role that row-level security binds.
    private volatile bool _staged;

    // The envelope that was put aside last. When its answer is lost it comes again, and still counts as put aside.
    private volatile Aside? _aside;

    public PostgresSink(
        NpgsqlDataSource dataSource,
        PostgresNames names,
        RollupDeltas deltas,
        RollupNotedTags tags,
        PostgresLlmOptions options,
        PostgresPartitions partitions,
        TimeProvider timeProvider,
        NpgsqlDataSource? own)
    {
        (_dataSource, _names, _options, _partitions, _tags, _timeProvider) = (dataSource, names, options, partitions, tags, timeProvider);
        _preparing = new PostgresBound(timeProvider, options.PrepareLimit, own, cancelledIsSilent: true);
        _writing = new PostgresBound(timeProvider, options.OperationLimit, own, cancelledIsSilent: true);
        _transaction = new PostgresTransaction(dataSource, names, deltas, options);
    }

    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _preparing.RunAsync(PrepareOnceAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw PostgresErrors.ToSinkException(exception, _names);
        }
    }

    public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await _writing.RunAsync(token => WriteOnceAsync(batch, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw PostgresErrors.ToSinkException(exception, _names);
        }
    }

    private async Task PrepareOnceAsync(CancellationToken cancellationToken)
    {
        await new PostgresMigrator(_dataSource, _names, _options.CommandTimeoutSeconds, (int)_options.PrepareLimit.TotalSeconds)
            .RunAsync(_options.SchemaMode, cancellationToken).ConfigureAwait(false);
        _tags.Forget();
        await _tags.RefreshAsync(cancellationToken).ConfigureAwait(false);
        _partitions.Forget();
        _staged = false;
        await _partitions.MakeAheadAsync(_timeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<LlmWriteResult> WriteOnceAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        await _tags.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var now = _timeProvider.GetUtcNow();
        var work = await WithPartitionsAsync(PostgresWork.Split(batch, now - _options.Retention, now + Ahead), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return Known(batch, await WriteRowsAsync(work, cancellationToken).ConfigureAwait(false));
        }
        catch (LlmSinkException refused) when (refused.Failure == LlmSinkFailure.Poison && work.Accepted.Count == 1 && batch.Envelopes.Count == 1)
        {
            return await PutAsideAsync(work, refused, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Throws poison only for what the server says to the rows themselves.</summary>
    private async Task<LlmWriteResult> WriteRowsAsync(PostgresWork work, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await _transaction.RunAsync(work, _staged, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.FeatureNotSupported && !_staged)
            {
                _staged = true;
                return await WriteRowsAsync(work, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // An id that is there already, though the ledger does not know the number.
                return await _transaction.RunAsync(work, staged: true, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (PostgresErrors.IsMissingPartition(exception))
            {
                // No partition takes the row: somebody dropped one that was there.
                _partitions.Forget();
                work = await WithPartitionsAsync(work, cancellationToken).ConfigureAwait(false);
                return await _transaction.RunAsync(work, staged: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException exception)
        {
            throw PostgresErrors.ToSinkException(exception, _names, aboutRows: true);
        }
    }

    /// <summary>The last of a bisected batch: it goes where somebody can look at it, once, with its number in the ledger.</summary>
    private async Task<LlmWriteResult> PutAsideAsync(PostgresWork work, LlmSinkException refused, CancellationToken cancellationToken)
    {
        var aside = work.PutAside(_ => true, LlmDropReason.Poison, refused.Message);
        _aside = new Aside(work.Batch.WriterId, new LlmRejection(work.Batch.FirstSequence, LlmDropReason.Poison, refused.Message));
        try
        {
            return await _transaction.RunAsync(aside, staged: false, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (PostgresErrors.ToSinkException(exception, _names, aboutRows: true).Failure == LlmSinkFailure.Poison)
        {
            // Not even so; then it is told and counted.
            _aside = null;
            throw refused;
        }
    }

    /// <summary>A single envelope that the ledger knows since it was put aside is told again as that.</summary>
    private LlmWriteResult Known(LlmBatch batch, LlmWriteResult result)
    {
        return _aside is { } aside && aside.WriterId == batch.WriterId && batch.Envelopes.Count == 1
            && aside.Rejection.Sequence == batch.FirstSequence && result.AlreadyWritten == 1
            ? new LlmWriteResult(0, 0, [aside.Rejection]) : result;
    }

    /// <summary>Makes the partitions; what belongs to a day that cannot be made is put aside rather than holding up the rest.</summary>
    private async Task<PostgresWork> WithPartitionsAsync(PostgresWork work, CancellationToken cancellationToken)
    {
        var days = work.Days();
        if (_partitions.Know(days))
        {
            return work;
        }

        try
        {
            var unavailable = await _partitions.EnsureAsync(days, cancellationToken).ConfigureAwait(false);
            return unavailable.Count == 0 ? work : work.PutAside(
                item => unavailable.Contains(PostgresPartitions.DayOf(item.Envelope.CallStartedAt)),
                LlmDropReason.OutsideWindow,
                "Its day has no partition and can have none: a table is detached or in the way, or the server's clock is far behind.");
        }
        catch (PostgresException exception)
        {
            throw PostgresErrors.ToSinkException(exception, _names);
        }
    }

    private sealed record Aside(Guid WriterId, LlmRejection Rejection);
}
