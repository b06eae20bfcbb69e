using System.Runtime.ExceptionServices;

namespace LlmObservability.Segments;

/// <summary>
/// Appends records to a log. <see cref="TryAppend"/> gives a record its position and keeps it in memory; a flush writes
/// what gathered, and may wait for the disk. Whoever owns the writer calls <see cref="FlushAsync"/> as often as it wants to
/// promise. What a failed flush did not bring to disk stays in memory, and goes with the next. Thread-safe.
/// </summary>
internal sealed class SegmentWriter : IAsyncDisposable
{
    private readonly SegmentDirectory _directory;
    private readonly TimeProvider _time;
    private readonly PendingRecords _pending;
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly Broadcast _confirmed = new();
    private SegmentTail _tail;
    private Exception? _distrust;
    private long _bytesBefore;
    private long _bytes;
    private long _written;
    private long _durable;
    private volatile bool _isClosed;

    internal SegmentWriter(SegmentDirectory directory, SegmentTail tail, TimeProvider time)
    {
        _directory = directory;
        _tail = tail;
        _time = time;
        FirstPosition = tail.Segment.First;
        _pending = new PendingRecords(
            Math.Min(directory.Options.BlockBytes, directory.Options.SegmentBytes), directory.Options.MaxBufferedBytes, directory.Seed, FirstPosition);
        _written = _durable = FirstPosition - 1;
    }

    /// <summary>The first position that this writer gives out.</summary>
    public long FirstPosition { get; }

    /// <summary>The last position given out; one before <see cref="FirstPosition"/> when none was.</summary>
    public long LastPosition => _pending.Next - 1;

    /// <summary>Records up to this position are in a file, and can be read.</summary>
    public long WrittenPosition => Interlocked.Read(ref _written);

    /// <summary>Records up to this position survive a loss of power.</summary>
    public long DurablePosition => Interlocked.Read(ref _durable);

    /// <summary>Bytes of memory that records take which are not confirmed on disk.</summary>
    public long BufferedBytes => _pending.Bytes;

    /// <summary>Bytes written to files, with headers, marks, and what was written again.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes a record, or says why not. Never blocks on the disk, never throws for what it is given.</summary>
    /// <param name="kind">1 to 239.</param>
    /// <param name="payload">Up to 16 MiB; copied.</param>
    /// <param name="position">The record's position: each is one above the last.</param>
    public AppendOutcome TryAppend(byte kind, ReadOnlySpan<byte> payload, out long position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kind, SegmentFormat.FirstKind);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kind, SegmentFormat.LastKind);
        return _pending.TryAppend(kind, payload, out position);
    }

    /// <summary>
    /// Writes what was appended before the call. Flushes queue up behind each other, on a thread of the pool. Cancelling
    /// ends the wait, not the flush.
    /// </summary>
    /// <param name="toDisk">Whether to wait for the disk; if not, that still happens each <see cref="SegmentOptions.MaxUnconfirmedBytes"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The disk refused. Nothing is lost while the process lives; flush again, after a pause.</exception>
    public async Task FlushAsync(bool toDisk, CancellationToken cancellationToken)
    {
        if (await TryFlushAsync(toDisk, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Waits until a record is durable. Somebody else must flush.</summary>
    /// <param name="position">A position that this writer gave out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The writer was closed before.</exception>
    public ValueTask WaitAsync(long position, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, LastPosition);
        return DurablePosition >= position ? ValueTask.CompletedTask : new ValueTask(WaitUntilConfirmedAsync(position, cancellationToken));
    }

    /// <summary>Takes no more records, and brings what it has to disk, in two attempts.</summary>
    /// <param name="cancellationToken">Ends the wait; the writer is not closed then.</param>
    /// <returns>How many records could not be brought to disk: those above <see cref="DurablePosition"/>.</returns>
    public async Task<long> CloseAsync(CancellationToken cancellationToken)
    {
        _pending.Close();
        if (!_isClosed && await TryFlushAsync(toDisk: true, cancellationToken).ConfigureAwait(false) is not null)
        {
            // The first may have failed only to find out that a new segment is needed.
            await TryFlushAsync(toDisk: true, cancellationToken).ConfigureAwait(false);
        }

        await _flushing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isClosed)
            {
                End();
            }
        }
        finally
        {
            _flushing.Release();
        }

        return LastPosition - DurablePosition;
    }

    /// <summary>Takes no more records, and lets go of the file without waiting for the disk: what is not durable is as lost as in a crash.</summary>
    /// <returns>False while a flush is under way; nothing happened then.</returns>
    public bool TryAbandon()
    {
        if (!_flushing.Wait(0))
        {
            return false;
        }

        try
        {
            _pending.Close();
            if (!_isClosed)
            {
                End();
            }

            return true;
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync(CancellationToken.None).ConfigureAwait(false);

    private async Task<Exception?> TryFlushAsync(bool toDisk, CancellationToken cancellationToken)
    {
        await _flushing.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => RunFlush(toDisk), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private Exception? RunFlush(bool toDisk)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            Flush(toDisk);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
        finally
        {
            _flushing.Release();
        }
    }

    private void Flush(bool toDisk)
    {
        var options = _directory.Options;
        if (_distrust is not null || _tail.Segment.Damage is not null)
        {
            Succeed(_pending.FirstUnconfirmed());
        }
        else if (!_tail.Segment.IsEmpty && _time.GetUtcNow() - _tail.Segment.Header.Created >= options.SegmentAge)
        {
            Roll();
        }

        var until = _pending.Next;
        while (_pending.Peek(until) is { } block)
        {
            if (!_tail.Segment.IsEmpty && _tail.Segment.Length + SegmentMark.Bytes + block.Length > options.SegmentBytes)
            {
                Roll();
            }

            Write(block);
            if (_pending.WrittenBytes >= options.MaxUnconfirmedBytes)
            {
                Confirm();
            }
        }

        if (toDisk)
        {
            Confirm();
        }
    }

    private void Write(RecordBlock block)
    {
        try
        {
            _tail.Write(block);
        }
        catch (Exception error) when (!DiskFull.Is(error))
        {
            _distrust = error;
            throw;
        }

        _pending.Written();
        Interlocked.Exchange(ref _written, Math.Max(_written, block.End - 1));
        Interlocked.Exchange(ref _bytes, _bytesBefore + _tail.Written);
        _directory.Catalog.Changed.Send();
    }

    /// <summary>Waits for the disk, and lets go of what is there then.</summary>
    private void Confirm()
    {
        if (_pending.WrittenBytes == 0)
        {
            return;
        }

        try
        {
            _tail.FlushToDisk();
        }
        catch (Exception error)
        {
            _distrust = error;
            throw;
        }

        if (_tail.Segment.Damage is not null)
        {
            throw new IOException($"The segment '{_tail.Segment.File}' was found damaged while it was being written; what was not confirmed is written again.");
        }

        Interlocked.Exchange(ref _durable, _pending.Confirm());
        _confirmed.Send();
    }

    private void Roll()
    {
        Confirm();
        Succeed(_pending.FirstUnconfirmed());
    }

    /// <summary>Goes on in a new segment, with whatever is not confirmed.</summary>
    private void Succeed(long first)
    {
        var left = _tail;
        var rewritten = _distrust is not null || left.Segment.Damage is not null;
        _tail = _directory.Succeed(left, first);
        _bytesBefore += left.Written;
        if (rewritten)
        {
            _pending.Rewind();
            _directory.Report(new SegmentEvent.Rewritten(left.Segment.File, first, _distrust));
            _distrust = null;
        }
    }

    private void End()
    {
        _isClosed = true;
        try
        {
            _tail.MarkEnd(_pending.Next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only a proof for the next opening.
        }

        _directory.EndWriting(_tail);
        _pending.Dispose();
        _confirmed.Send();
    }

    private async Task WaitUntilConfirmedAsync(long position, CancellationToken cancellationToken)
    {
        while (true)
        {
            var confirmed = _confirmed.Next();
            if (DurablePosition >= position)
            {
                return;
            }

            ObjectDisposedException.ThrowIf(_isClosed, this);
            await confirmed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
