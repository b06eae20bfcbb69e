using LlmObservability.Sinks;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// What an operator asks of one sink beside its counters: how old its oldest record is, whether it drops records now, when it
/// last did. The calls that enqueue pay nothing for it: the worker's timer looks every flush interval, compares counters,
/// and tells changes to the log. So does whoever asks. Thread-safe.
/// </summary>
internal sealed class SinkWatch(
    string sink, LlmPipelineOptions options, EnvelopeQueue queue, SinkCounters counters, TimeProvider time, ILogger logger)
{
    // Documented in LlmSinkState.QueueFull and docs/pipeline.md.
    private const double HasRoom = 0.8;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly long _quiet = (long)(Quiet.TotalSeconds * time.TimestampFrequency);
    private readonly object _gate = new();
    private readonly AgeMarks _marks = new();
    private DropEpisode _full;
    private DropEpisode _poison;
    private long _dropped;
    private DateTimeOffset? _lastDropAt;
    private long _writingFrom;

    public double QueueFullness => Math.Max((double)queue.Items / options.MaxQueueItems, (double)queue.Bytes / options.MaxQueueBytes);

    /// <summary>The age of the oldest record that waits or is being written.</summary>
    public TimeSpan OldestAge => _marks.Since(Oldest) is { } since && time.GetElapsedTime(since) is { Ticks: > 0 } age ? age : default;

    private long Oldest => Volatile.Read(ref _writingFrom) is > 0 and var place ? place : queue.Removed + 1;

    /// <summary>From here on what leaves the queue is not settled yet.</summary>
    public void BatchBegins() => Volatile.Write(ref _writingFrom, queue.Removed + 1);

    /// <summary>All that left the queue is settled.</summary>
    public void BatchEnds() => Volatile.Write(ref _writingFrom, 0);

    /// <summary>Whether this refused record is to be told of; those that follow soon are only counted.</summary>
    public bool IsFirstPoison()
    {
        lock (_gate)
        {
            if (_poison.Active)
            {
                return false;
            }

            _poison.Begin(time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Looks, and tells what began or ended.</summary>
    /// <returns>Whether records are dropped because the queue is full, and when one was last dropped at all.</returns>
    public (bool QueueFull, DateTimeOffset? LastDropAt) Look() => Look(ending: false);

    /// <summary>Looks for the last time: what has not ended ends now, so that its count is told.</summary>
    public void LookLast()
    {
        Look(ending: false);
        Look(ending: true);
    }

    private (bool QueueFull, DateTimeOffset? LastDropAt) Look(bool ending)
    {
        (bool Began, long Ended) full, poison;
        (bool QueueFull, DateTimeOffset? LastDropAt) seen;
        lock (_gate)
        {
            var admitted = queue.Admitted;
            var now = time.GetTimestamp();
            _marks.Add(Oldest, admitted, now);
            var dropped = counters.DroppedUnasked;
            if (dropped != _dropped)
            {
                _dropped = dropped;
                _lastDropAt = time.GetUtcNow();
            }

            var quiet = ending ? long.MinValue : _quiet;
            full = _full.Look(counters.DroppedFor(LlmDropReason.QueueFull), now, quiet, ending || QueueFullness < HasRoom);
            poison = _poison.Look(counters.DroppedFor(LlmDropReason.Poison), now, quiet, mayEnd: true);
            seen = (_full.Active, _lastDropAt);
        }

        Tell(full, poison.Ended);
        return seen;
    }

    // Outside the gate: what a logging provider does is not ours to know.
    private void Tell((bool Began, long Ended) full, long poison)
    {
        if (full.Began)
        {
            logger.QueueFull(sink);
        }

        if (full.Ended > 0)
        {
            logger.QueueFullEnded(sink, full.Ended);
        }

        if (poison > 1)
        {
            logger.PoisonEnded(sink, poison);
        }
    }
}
