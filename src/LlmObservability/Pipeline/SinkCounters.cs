using LlmObservability.Sinks;

namespace LlmObservability.Pipeline;

/// <summary>One sink's counters. Thread-safe.</summary>
internal sealed class SinkCounters
{
    private readonly long[] _dropped = new long[Enum.GetValues<LlmDropReason>().Length];
    private long _accepted;
    private long _written;
    private long _alreadyWritten;
    private long _batches;
    private long _retries;
    private long _flushes;
    private long _flushTicks;
    private long _lastFlushTicks;

    public long AcceptedCount => Interlocked.Read(ref _accepted);

    public long Written => Interlocked.Read(ref _written);

    public long AlreadyWritten => Interlocked.Read(ref _alreadyWritten);

    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>All drops but those that somebody asked for, by switching the sink off or by its settings.</summary>
    public long DroppedUnasked
    {
        get
        {
            long sum = 0;
            for (var i = 0; i < _dropped.Length; i++)
            {
                sum += (LlmDropReason)i is LlmDropReason.SinkDisabled or LlmDropReason.Unsupported ? 0 : Interlocked.Read(ref _dropped[i]);
            }

            return sum;
        }
    }

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void Retried() => Interlocked.Increment(ref _retries);

    public void Committed(int written, int alreadyWritten)
    {
        Interlocked.Add(ref _written, written);
        Interlocked.Add(ref _alreadyWritten, alreadyWritten);
        Interlocked.Increment(ref _batches);
    }

    /// <summary>A batch was committed, so long after its first write attempt. For the one pump; its figures are read by anybody.</summary>
    public void Flushed(TimeSpan took)
    {
        Interlocked.Exchange(ref _lastFlushTicks, took.Ticks);
        Interlocked.Add(ref _flushTicks, took.Ticks);
        Interlocked.Increment(ref _flushes);
    }

    /// <summary>Counts drops; true for the first of its reason.</summary>
    public bool Dropped(LlmDropReason reason, long count = 1) =>
        Interlocked.Add(ref _dropped[(int)reason], count) == count && count > 0;

    public long DroppedFor(LlmDropReason reason) => Interlocked.Read(ref _dropped[(int)reason]);

    public LlmSinkStatistics Snapshot(string name, bool enabled, EnvelopeQueue queue)
    {
        var dropped = new Dictionary<LlmDropReason, long>();
        for (var i = 0; i < _dropped.Length; i++)
        {
            if (Interlocked.Read(ref _dropped[i]) is > 0 and var count)
            {
                dropped.Add((LlmDropReason)i, count);
            }
        }

        var flushes = Interlocked.Read(ref _flushes);
        return new LlmSinkStatistics
        {
            Name = name,
            Enabled = enabled,
            Accepted = AcceptedCount,
            Written = Written,
            AlreadyWritten = AlreadyWritten,
            Batches = Interlocked.Read(ref _batches),
            Retries = Retries,
            LastFlush = flushes == 0 ? null : new TimeSpan(Interlocked.Read(ref _lastFlushTicks)),
            MeanFlush = flushes == 0 ? null : new TimeSpan(Interlocked.Read(ref _flushTicks) / flushes),
            QueuedItems = queue.Items,
            QueuedBytes = queue.Bytes,
            Dropped = dropped,
        };
    }
}
