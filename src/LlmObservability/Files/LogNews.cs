using System.Collections.Concurrent;
using LlmObservability.Segments;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Files;

/// <summary>
/// Tells what happened to a log: gathered where it happens, under whatever locks, and logged by <see cref="Tell"/> outside of them.
/// Thread-safe.
/// </summary>
internal sealed class LogNews(ILogger logger, string location)
{
    private readonly ConcurrentQueue<SegmentEvent> _events = new();

    // Where gaps end that were told: every reader that comes across one tells it.
    private readonly ConcurrentDictionary<long, bool> _gaps = new();
    private bool _isTrimFailing;

    public void Add(SegmentEvent happened) => _events.Enqueue(happened);

    public void Tell()
    {
        while (_events.TryDequeue(out var happened))
        {
            switch (happened)
            {
                case SegmentEvent.Quarantined damage:
                    logger.FileStoreDamaged(location, damage.File, damage.Bytes, damage.Readable, damage.Aside ?? "nowhere, for want of room");
                    break;
                case SegmentEvent.Gap gap when _gaps.TryAdd(gap.Until, true):
                    logger.FileStoreRecordsMissing(location, gap.Records, gap.From);
                    break;
                case SegmentEvent.Cut cut:
                    logger.FileStoreTailCut(location, cut.File, cut.Bytes);
                    break;
                case SegmentEvent.StateLost:
                    logger.FileStoreStateLost(location);
                    break;
                case SegmentEvent.Rewritten rewritten:
                    logger.FileStoreRewritten(location, rewritten.File, rewritten.Failure?.Message ?? "It was found damaged while it was being written.");
                    break;
                default:
                    break;
            }
        }
    }

    public void Opened(LogLoad load, int calls, TimeSpan elapsed)
    {
        if (load.Skipped > 0)
        {
            logger.FileStoreRecordsSkipped(location, load.Skipped);
        }

        logger.FileStoreOpened(location, load.Records, calls, elapsed);
    }

    public void Unreadable(Exception error) => logger.FileStoreUnreadable(location, error.Message);

    public void NotWritten(long records) => logger.FileStoreNotWritten(location, records);

    /// <summary>Bounds could not be applied; told once until they could.</summary>
    public void TrimFailed(Exception error)
    {
        if (!_isTrimFailing)
        {
            _isTrimFailing = true;
            logger.FileStoreTrimFailed(location, error.Message);
        }
    }

    public void Trimmed() => _isTrimFailing = false;
}
