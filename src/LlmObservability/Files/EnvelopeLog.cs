using System.Buffers;
using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Files;

/// <summary>
/// The log of a file store and the window over its newest calls, in step: what is in the window is on disk. One member at a time,
/// but for <see cref="Window"/> and <see cref="OpenExport"/>. Throws what the disk throws, and can be asked again then.
/// </summary>
internal sealed class EnvelopeLog(ISegmentFiles files, FileLlmStoreOptions options, TimeProvider time, LogNews news)
{
    // A buffer that grew beyond this for one envelope is let go.
    private const int MostBufferBytes = 1024 * 1024;

    private readonly int _mostBytes = (int)Math.Min(SegmentFormat.MaxPayloadBytes, options.MaxBytes / 4);
    private ArrayBufferWriter<byte> _payload = new();
    private SegmentDirectory? _directory;
    private SegmentWriter? _writer;
    private LogRetention? _retention;
    private StagedWrite? _unconfirmed;
    private volatile InMemoryLlmStore? _window;

    /// <summary>The directory, for messages.</summary>
    public string Location => files.Location;

    /// <summary>The newest calls; null until they have been read.</summary>
    public InMemoryLlmStore? Window => _window;

    /// <summary>What is on disk; null until the newest calls have been read. Waits for nobody.</summary>
    public SegmentUsage? Usage => _window is null ? null : _directory?.Usage();

    /// <summary>Opens the log, as far as that was not done: reading comes before writing, so that calls can be read where the disk is full.</summary>
    public void Open(CancellationToken stopping)
    {
        _directory ??= SegmentDirectory.Open(files, LogRetention.SegmentsFor(options), time, news.Add);
        if (_window is null)
        {
            Load(_directory, stopping);
        }

        _writer ??= _directory.OpenWriter();
    }

    /// <summary>
    /// Writes a batch in parts that fit into memory, usually one, each shown to readers once it is on disk. Cancelling takes effect
    /// between them.
    /// </summary>
    public async Task<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        await ConfirmAsync().ConfigureAwait(false);
        var (written, alreadyWritten) = (0, 0);
        List<LlmRejection>? rejected = null;
        for (var at = 0; at < batch.Envelopes.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = time.GetUtcNow();
            var staged = Window!.Stage(batch, at, (envelope, number) => Append(envelope, batch.WriterId, number, now));
            if (staged.Count == 0)
            {
                throw new InvalidOperationException("The log has no room for an envelope though nothing waits in it.");
            }

            if (staged.Written > 0)
            {
                _retention!.Note(EnvelopeRecord.ToMicroseconds(now), staged.LastPosition);
            }

            _unconfirmed = staged;
            await ConfirmAsync().ConfigureAwait(false);
            at += staged.Count;
            written += staged.Written;
            alreadyWritten += staged.AlreadyWritten;
            if (staged.Rejected.Count > 0)
            {
                (rejected ??= []).AddRange(staged.Rejected);
            }
        }

        _retention!.ApplyIfDue(_writer!.Bytes);
        Window!.RemoveBefore(_directory!.Start);
        return new LlmWriteResult(written, alreadyWritten, rejected);
    }

    /// <summary>Begins an export of everything that is on disk now. To be disposed before the log is closed.</summary>
    public LogExport OpenExport(DateTimeOffset? from, DateTimeOffset? to) =>
        new(_directory!.OpenReader(onlyToEnds: true), _writer!.DurablePosition, from, to);

    /// <summary>Ends writing properly, and lets go of the directory.</summary>
    public async Task CloseAsync()
    {
        if (_writer is not null && await _writer.CloseAsync(CancellationToken.None).ConfigureAwait(false) is > 0 and var lost)
        {
            news.NotWritten(lost);
        }

        _directory?.Dispose();
    }

    /// <summary>Lets go of the directory at once.</summary>
    /// <returns>False while a flush is under way; nothing happened then.</returns>
    public bool TryAbandon()
    {
        if (_writer?.TryAbandon() == false)
        {
            return false;
        }

        _directory?.Dispose();
        return true;
    }

    private void Load(SegmentDirectory directory, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        var retention = new LogRetention(directory, options, time, news);
        var window = new InMemoryLlmStore(new InMemoryLlmStoreOptions { MaxCalls = options.MaxCalls });
        var load = new LogLoad(directory, retention, news, stopping);
        load.Scan(window);
        retention.Apply(written: 0);
        load.Fill(window, options.MaxCalls);
        _retention = retention;
        _window = window;
        news.Tell();
        news.Opened(load, window.Count, time.GetElapsedTime(started));
    }

    /// <summary>Brings to disk what waits, and then shows it. What a failure left waiting goes with the next batch.</summary>
    private async Task ConfirmAsync()
    {
        if (_unconfirmed is not { } staged)
        {
            return;
        }

        if (staged.Written > 0)
        {
            await _writer!.FlushAsync(toDisk: true, CancellationToken.None).ConfigureAwait(false);
        }

        Window!.Keep(staged);
        _unconfirmed = null;
    }

    /// <summary>Hands an envelope to the writer, unless it is put aside.</summary>
    /// <returns>Null when the writer must bring to disk first what it has.</returns>
    private Admission? Append(LlmEnvelope envelope, Guid writerId, long number, DateTimeOffset now)
    {
        if (envelope.CallStartedAt < now - options.MaxAge)
        {
            return new Admission(0, LlmDropReason.OutsideWindow);
        }

        if (Serialize(envelope, writerId, number, now) is not { } kind)
        {
            return new Admission(0, LlmDropReason.Poison);
        }

        return _writer!.TryAppend(kind, _payload.WrittenSpan, out var position) switch
        {
            AppendOutcome.Appended => new Admission(position),
            AppendOutcome.Full => null,
            var outcome => throw new InvalidOperationException($"The log takes no envelope: {outcome}."),
        };
    }

    /// <returns>The record's kind, or null for an envelope that has no serialised form, or a too large one.</returns>
    private byte? Serialize(LlmEnvelope envelope, Guid writerId, long number, DateTimeOffset now)
    {
        if (_payload.Capacity > MostBufferBytes)
        {
            _payload = new ArrayBufferWriter<byte>();
        }

        _payload.ResetWrittenCount();
        try
        {
            var kind = EnvelopeRecord.Write(_payload, writerId, number, now, envelope);
            return _payload.WrittenCount <= _mostBytes ? kind : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // It is about this envelope alone: an outcome without a word, for one.
            return null;
        }
    }
}
