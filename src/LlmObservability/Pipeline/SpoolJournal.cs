using System.Collections.Concurrent;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// What goes wrong with a spool's files: noted where it happens, with locks held, and told and counted by the pump. Adding is
/// thread-safe.
/// </summary>
internal sealed class SpoolJournal(string sink, SinkCounters counters, ILogger logger)
{
    private readonly ConcurrentQueue<SegmentEvent> _events = new();

    public void Add(SegmentEvent happened) => _events.Enqueue(happened);

    /// <summary>Tells what was noted.</summary>
    public void Tell()
    {
        while (_events.TryDequeue(out var happened))
        {
            switch (happened)
            {
                case SegmentEvent.Cut cut:
                    logger.SpoolTailCut(sink, cut.File, cut.Bytes);
                    break;
                case SegmentEvent.Quarantined quarantined:
                    logger.SpoolQuarantined(sink, quarantined.File, quarantined.Bytes, quarantined.Aside ?? "no file, since there was no room");
                    break;
                case SegmentEvent.Gap gap:
                    counters.Dropped(LlmDropReason.Unreadable, gap.Records);
                    logger.SpoolGap(sink, gap.Records);
                    break;
                case SegmentEvent.StateLost:
                    logger.SpoolStateLost(sink);
                    break;
                case SegmentEvent.Rewritten rewritten:
                    logger.SpoolRewritten(sink, rewritten.File);
                    break;
            }
        }
    }
}
