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

    public long AcceptedCount => Interlocked.Read(ref _accepted);

    public long Written => Interlocked.Read(ref _written);

    public long AlreadyWritten => Interlocked.Read(ref _alreadyWritten);

    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>All drops but those that somebody asked for by switching the sink off.</summary>
    public long DroppedWhileOn
    {
        get
        {
            long sum = 0;
            for (var i = 0; i < _dropped.Length; i++)
            {
                sum += i == (int)LlmDropReason.SinkDisabled ? 0 : Interlocked.Read(ref _dropped[i]);
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

        return new LlmSinkStatistics
        {
            Name = name,
            Enabled = enabled,
            Accepted = AcceptedCount,
            Written = Written,
            AlreadyWritten = AlreadyWritten,
            Batches = Interlocked.Read(ref _batches),
            Retries = Retries,
            QueuedItems = queue.Items,
            QueuedBytes = queue.Bytes,
            Dropped = dropped,
        };
    }
}
