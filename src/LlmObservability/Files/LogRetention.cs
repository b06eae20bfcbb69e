using LlmObservability.Segments;

namespace LlmObservability.Files;

/// <summary>
/// Keeps a log within its age and its bytes. What is too old is passed over from then on, record by record; the disk gets rid of
/// it by whole segments. For one thread at a time.
/// </summary>
internal sealed class LogRetention(SegmentDirectory log, FileLlmStoreOptions options, TimeProvider time, LogNews news)
{
    // A bound in age is met to about a thousandth.
    private const int MarksInMaxAge = 1024;
    private const int MostSegmentBytes = 16 * 1024 * 1024;

    // The segment being written is never dropped, so it must be a small part of either bound.
    private const int SegmentsInBounds = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly WriteTimes _times = new((long)(options.MaxAge / MarksInMaxAge).TotalMicroseconds);
    private DateTimeOffset _next;
    private long _bytesThen;
    private long _writtenThen;

    /// <summary>How a log must be written, so that these bounds can apply.</summary>
    public static SegmentOptions SegmentsFor(FileLlmStoreOptions options) => new()
    {
        SegmentBytes = (int)Math.Min(MostSegmentBytes, options.MaxBytes / SegmentsInBounds),
        SegmentAge = options.MaxAge / SegmentsInBounds,
    };

    /// <summary>Notes a record, in the order of positions.</summary>
    public void Note(long writtenAt, long position) => _times.Note(writtenAt, position);

    /// <summary>Applies the bounds, if a minute has passed or the bytes written since may be too many.</summary>
    /// <param name="written">Bytes that the writer has written so far.</param>
    public void ApplyIfDue(long written)
    {
        if (time.GetUtcNow() >= _next || _bytesThen + written - _writtenThen > options.MaxBytes)
        {
            Apply(written);
        }
    }

    /// <summary>Applies the bounds. That the disk refuses is told, and tried again in a minute.</summary>
    public void Apply(long written)
    {
        var now = time.GetUtcNow();
        _next = now + Interval;
        try
        {
            log.Acknowledge(_times.PassedBy(EnvelopeRecord.ToMicroseconds(now - options.MaxAge)));
            log.Trim(options.MaxBytes, TimeSpan.MaxValue, log.Start);
            news.Trimmed();
        }
        catch (Exception error) when (FileErrors.IsOfDisk(error))
        {
            news.TrimFailed(error);
        }

        var usage = log.Usage();
        (_bytesThen, _writtenThen) = (usage.Bytes + usage.QuarantinedBytes, written);
    }
}
