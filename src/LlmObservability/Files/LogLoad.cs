using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;

namespace LlmObservability.Files;

/// <summary>
/// Fills a window from a log: first a pass over all of it that looks at the beginnings of records, then one over the newest calls
/// that reads them. Holds one record at a time, and a position for each 1,024 calls.
/// </summary>
internal sealed class LogLoad(SegmentDirectory log, LogRetention retention, LogNews news, CancellationToken stopping)
{
    private const int CallsApart = 1024;

    private readonly List<long> _calls = [];
    private long _callCount;

    /// <summary>Records that are known, as far as they were looked at.</summary>
    public long Records { get; private set; }

    /// <summary>Records of a kind or version that is not known.</summary>
    public long Skipped { get; private set; }

    /// <summary>Looks at all of it: the numbers that were committed, and when records were written.</summary>
    public void Scan(InMemoryLlmStore window)
    {
        using var reader = log.OpenReader(onlyToEnds: true);
        var (writer, first, last) = (Guid.Empty, 0L, 0L);
        for (var failures = 0; TryRead(reader, ref failures, out var record);)
        {
            if (!EnvelopeRecord.TryRead(record, out var envelope))
            {
                Skipped++;
                continue;
            }

            Records++;
            retention.Note(envelope.WrittenAt, record.Position);
            if (record.Kind == EnvelopeRecord.CallKind && _callCount++ % CallsApart == 0)
            {
                _calls.Add(record.Position);
            }

            if (envelope.Number == last + 1 && envelope.WriterId == writer)
            {
                last++;
                continue;
            }

            Commit(window, writer, first, last);
            (writer, first, last) = (envelope.WriterId, envelope.Number, envelope.Number);
        }

        Commit(window, writer, first, last);
    }

    /// <summary>Reads the newest calls, and what came after them.</summary>
    public void Fill(InMemoryLlmStore window, int maxCalls)
    {
        var from = _callCount > maxCalls ? _calls[(int)((_callCount - maxCalls) / CallsApart)] : 1;
        using var reader = log.OpenReader(from, onlyToEnds: true);
        for (var failures = 0; TryRead(reader, ref failures, out var record);)
        {
            if (!EnvelopeRecord.TryRead(record, out var found))
            {
                continue;
            }

            if (Deserialize(found.Json) is { } envelope)
            {
                window.Restore(envelope, record.Position);
            }
            else
            {
                Skipped++;
            }
        }
    }

    private static void Commit(InMemoryLlmStore window, Guid writer, long first, long last)
    {
        if (last > 0)
        {
            window.Commit(writer, first, last);
        }
    }

    private static LlmEnvelope? Deserialize(ReadOnlySpan<byte> json)
    {
        try
        {
            return LlmEnvelopeSerializer.Deserialize(json);
        }
        catch (LlmFormatException)
        {
            return null;
        }
    }

    /// <summary>Goes to the next record. Where the disk does not give a segment back, the next one: one bad sector must not keep the store shut.</summary>
    private bool TryRead(SegmentReader reader, ref int failures, out SegmentRecord record)
    {
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            try
            {
                return reader.TryRead(out record);
            }
            catch (Exception error) when (FileErrors.IsOfDisk(error) && ++failures <= log.Usage().Segments)
            {
                news.Unreadable(error);
                reader.SkipSegment();
            }
        }
    }
}
