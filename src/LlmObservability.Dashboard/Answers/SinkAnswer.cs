using LlmObservability.Sinks;

namespace LlmObservability.Dashboard.Answers;

/// <summary>How a sink stands. Why it fails is told in the log alone: that sentence may name a server or a path.</summary>
internal sealed record SinkAnswer
{
    public SinkAnswer(LlmSinkStatistics sink)
    {
        Name = sink.Name;
        Enabled = sink.Enabled;
        State = NameOf(sink.State);
        FailingSince = sink.FailingSince;
        Accepted = sink.Accepted;
        Written = sink.Written;
        AlreadyWritten = sink.AlreadyWritten;
        Batches = sink.Batches;
        Retries = sink.Retries;
        LastFlushUs = sink.LastFlush?.Ticks / TimeSpan.TicksPerMicrosecond;
        MeanFlushUs = sink.MeanFlush?.Ticks / TimeSpan.TicksPerMicrosecond;
        QueuedItems = sink.QueuedItems;
        QueuedBytes = sink.QueuedBytes;
        QueueFullness = sink.QueueFullness;
        OldestAgeUs = sink.OldestAge.Ticks / TimeSpan.TicksPerMicrosecond;
        LastDropAt = sink.LastDropAt;
        Dropped = sink.Dropped.ToDictionary(drop => drop.Key.ToName(), drop => drop.Value);
        Spool = sink.Spool is { } spool ? new SpoolAnswer(spool) : null;
    }

    public string Name { get; }

    public bool Enabled { get; }

    public string State { get; }

    public DateTimeOffset? FailingSince { get; }

    public long Accepted { get; }

    public long Written { get; }

    public long AlreadyWritten { get; }

    public long Batches { get; }

    public long Retries { get; }

    public long? LastFlushUs { get; }

    public long? MeanFlushUs { get; }

    public long QueuedItems { get; }

    public long QueuedBytes { get; }

    public double QueueFullness { get; }

    public long OldestAgeUs { get; }

    public DateTimeOffset? LastDropAt { get; }

    public IReadOnlyDictionary<string, long> Dropped { get; }

    public SpoolAnswer? Spool { get; }

    private static string NameOf(LlmSinkState state) => state switch
    {
        LlmSinkState.Working => "working",
        LlmSinkState.SwitchedOff => "switched_off",
        LlmSinkState.Stopped => "stopped",
        LlmSinkState.GaveUp => "gave_up",
        LlmSinkState.QueueFull => "queue_full",
        _ => "retrying",
    };
}
