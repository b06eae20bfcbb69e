using System.Buffers;
using LlmObservability.Segments;

namespace LlmObservability.Files;

/// <summary>Writes the envelopes of a log as JSON Lines, up to a position. Holds one buffer and one record.</summary>
internal sealed class LogExport(SegmentReader reader, long through, DateTimeOffset? from, DateTimeOffset? to) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly long _from = from is { } begin ? EnvelopeRecord.ToMicroseconds(begin) : long.MinValue;
    private readonly long _to = to is { } end ? EnvelopeRecord.ToMicroseconds(end) : long.MaxValue;
    private readonly ArrayBufferWriter<byte> _lines = new(BufferBytes);
    private long _count;

    /// <returns>How many envelopes were written.</returns>
    public async Task<long> RunAsync(Stream output, Action throwIfEnded, CancellationToken cancellationToken)
    {
        for (var more = true; more;)
        {
            throwIfEnded();
            more = await Task.Run(Fill, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(_lines.WrittenMemory, cancellationToken).ConfigureAwait(false);
            _lines.ResetWrittenCount();
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return _count;
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Gathers lines.</summary>
    /// <returns>Whether there may be more.</returns>
    private bool Fill()
    {
        while (_lines.WrittenCount < BufferBytes)
        {
            if (!reader.TryRead(out var record) || record.Position > through)
            {
                return false;
            }

            if (EnvelopeRecord.TryRead(record, out var envelope) && envelope.CallStartedAt >= _from && envelope.CallStartedAt < _to)
            {
                _lines.Write(envelope.Json);
                _lines.Write("\n"u8);
                _count++;
            }
        }

        return true;
    }
}
