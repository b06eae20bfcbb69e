using System.Buffers;
using System.Text.Json;
using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>
/// One sink's log on disk, open for writing and reading. Appending, acknowledging and tending are for one caller at a time;
/// reading is for one other. Members that reach the disk block or take a task of the pool, and throw <see cref="IOException"/>
/// or <see cref="UnauthorizedAccessException"/> when it refuses.
/// </summary>
internal sealed class SpoolLog : IAsyncDisposable
{
    /// <summary>Segments of a full spool, at least: a bound drops whole ones.</summary>
    public const int Shares = 16;

    private const int LeastSegment = 64 * 1024;
    private const int LeastBuffered = 32 * 1024 * 1024;
    private const int MostBuffered = 1024 * 1024 * 1024;
    private const int MostSegment = 16 * 1024 * 1024;
    private static readonly TimeSpan MostSegmentAge = TimeSpan.FromMinutes(15);

    private readonly SegmentDirectory _directory;
    private readonly SegmentWriter _writer;
    private readonly LlmPipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json = new(Stream.Null, LlmEnvelopeSerializer.WriterOptions);
    private SegmentReader? _reader;
    private SpooledEnvelope? _carried;
    private long _bytesBefore;
    private long _writtenBefore;

    private SpoolLog(SegmentDirectory directory, LlmPipelineOptions options, TimeProvider time)
    {
        _directory = directory;
        _options = options;
        _time = time;
        Recovered = directory.Usage().Records;
        _writer = directory.OpenWriter();
        Start = Recovered == 0 ? _writer.FirstPosition : directory.Start;
        Measure();
    }

    /// <summary>Records that an earlier process left.</summary>
    public long Recovered { get; }

    /// <summary>The first position to be read.</summary>
    public long Start { get; }

    /// <summary>The first position that is still needed.</summary>
    public long Needed => _directory.Start;

    /// <summary>The last position given out.</summary>
    public long LastPosition => _writer.LastPosition;

    /// <summary>Records up to this position can be read.</summary>
    public long WrittenPosition => _writer.WrittenPosition;

    /// <summary>Records up to this position survive a loss of power.</summary>
    public long DurablePosition => _writer.DurablePosition;

    /// <summary>Bytes on disk, as near as can be told without asking.</summary>
    public long Bytes => _bytesBefore + _writer.Bytes - _writtenBefore + _writer.BufferedBytes;

    /// <summary>Bytes of memory for what is not on disk yet; part of <see cref="Bytes"/>.</summary>
    public long BufferedBytes => _writer.BufferedBytes;

    /// <summary>Opens a sink's log, makes it if need be.</summary>
    /// <exception cref="SegmentsLockedException">Somebody else has it open.</exception>
    /// <exception cref="SegmentVersionException">A later version wrote it.</exception>
    public static SpoolLog Open(ISegmentFiles files, LlmPipelineOptions options, TimeProvider time, Action<SegmentEvent> report)
    {
        var age = options.MaxSpoolAge / Shares;
        var directory = SegmentDirectory.Open(
            files,
            new SegmentOptions
            {
                SegmentBytes = (int)Math.Clamp(options.MaxSpoolBytes / Shares, LeastSegment, MostSegment),
                // At the end all that is queued may have to go in at once.
                MaxBufferedBytes = (int)Math.Clamp(options.MaxQueueBytes, LeastBuffered, MostBuffered),
                // A flush waits for the disk once, not for each part of it.
                MaxUnconfirmedBytes = MostBuffered,
                SegmentAge = age < MostSegmentAge ? age : MostSegmentAge,
            },
            time,
            report);
        try
        {
            return new SpoolLog(directory, options, time);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Takes an envelope, or says why not. Does not reach the disk.</summary>
    public AppendOutcome TryAppend(Guid writer, long sequence, DateTimeOffset numberedAt, LlmEnvelope envelope)
    {
        _buffer.ResetWrittenCount();
        SpoolRecord.Write(_buffer, _json, writer, sequence, numberedAt, envelope);
        return _writer.TryAppend(SpoolRecord.Kind, _buffer.WrittenSpan, out _);
    }

    /// <summary>Brings to disk what was appended.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => _writer.FlushAsync(toDisk: true, cancellationToken);

    /// <summary>Reads the records behind a position, as far as they are written.</summary>
    /// <param name="after">Only positions beyond this one.</param>
    /// <returns>At least one record, or nothing that can be read up to where the log was written.</returns>
    public SpooledBatch Read(long after)
    {
        var (durable, written) = (DurablePosition, WrittenPosition);
        var through = after;
        var (unreadable, expired) = (0, 0);
        var oldest = _time.GetUtcNow() - _options.MaxSpoolAge;
        List<LlmEnvelope> envelopes = [];
        (Guid Writer, long First, DateTimeOffset NumberedAt, long Bytes) run = default;
        if (_reader is null || _reader.Next <= after)
        {
            EndReading();
            _reader = _directory.OpenReader(after + 1);
        }

        while (envelopes.Count < _options.MaxBatchItems && run.Bytes < _options.MaxBatchBytes)
        {
            SpooledEnvelope next;
            try
            {
                if (!TryNext(ref unreadable, out next))
                {
                    (through, var lost) = End(through, written, durable);
                    unreadable += lost;
                    break;
                }
            }
            catch (Exception) when (envelopes.Count + unreadable + expired > 0)
            {
                // The reader does not go back to these; what failed fails again, alone.
                break;
            }

            if (next.NumberedAt < oldest)
            {
                expired++;
                continue;
            }

            if (envelopes.Count == 0)
            {
                run = (next.Writer, next.Sequence, next.NumberedAt, 0);
            }
            else if (next.Writer != run.Writer || next.Sequence != run.First + envelopes.Count)
            {
                _carried = next;
                break;
            }

            envelopes.Add(next.Envelope);
            run.Bytes += next.Bytes;
            through = next.Position;
        }

        return new SpooledBatch(
            envelopes.Count == 0 ? null : new LlmBatch(run.Writer, run.First, envelopes) { NumberedAt = run.NumberedAt },
            through, unreadable, expired);
    }

    /// <summary>Gives up what remains of the segment being read, or the one that cannot be opened.</summary>
    public void SkipSegment() => _reader?.SkipSegment();

    /// <summary>Reading begins anew with the next <see cref="Read"/>: what follows was handed on from memory.</summary>
    public void EndReading()
    {
        _reader?.Dispose();
        _reader = null;
        _carried = null;
    }

    /// <summary>Says that records up to this position are settled.</summary>
    public void Acknowledge(long through) => _directory.Acknowledge(through);

    /// <summary>Puts on disk what was acknowledged, and lets go of what only holds that.</summary>
    public void Save()
    {
        _directory.Save();
        Measure();
    }

    /// <summary>Drops what is older than the bound, or the oldest of what is beyond a number of bytes.</summary>
    public SegmentTrim Trim(long maxBytes, TimeSpan maxAge)
    {
        var trim = _directory.Trim(maxBytes, maxAge);
        Measure();
        return trim;
    }

    public SegmentUsage Usage() => _directory.Usage();

    /// <summary>Takes no more records, and brings what it has to disk.</summary>
    /// <returns>How many of those appended could not be brought there.</returns>
    public async Task<long> CloseAsync(CancellationToken cancellationToken)
    {
        var lost = await _writer.CloseAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _directory.Save();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What was acknowledged comes again, and the sink recognises it.
        }

        return lost;
    }

    public async ValueTask DisposeAsync()
    {
        EndReading();
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _json.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    /// <summary>Up to where there is nothing more to be read, and how many records before that are lost.</summary>
    /// <exception cref="IOException">There may be, once the damaged segment is not written any longer.</exception>
    private (long Through, int Lost) End(long through, long written, long durable)
    {
        var reached = _reader!.Next - 1;
        if (reached >= written)
        {
            // Positions between the last record and here were never written, or are told as missing.
            return (Math.Max(through, written), 0);
        }

        // What is not on disk yet is written again, elsewhere.
        return durable > reached
            ? (Math.Max(through, durable), (int)(durable - reached))
            : throw new IOException("The segment that is being written is damaged, and is about to be left.");
    }

    private bool TryNext(ref int unreadable, out SpooledEnvelope next)
    {
        if (_carried is { } carried)
        {
            _carried = null;
            next = carried;
            return true;
        }

        while (_reader!.TryRead(out var record))
        {
            if (record.Kind == SpoolRecord.Kind && SpoolRecord.TryRead(record.Payload, record.Position, out next))
            {
                return true;
            }

            unreadable++;
        }

        next = default;
        return false;
    }

    private void Measure()
    {
        var usage = _directory.Usage();
        Interlocked.Exchange(ref _writtenBefore, _writer.Bytes);
        Interlocked.Exchange(ref _bytesBefore, usage.Bytes + usage.QuarantinedBytes);
    }
}
