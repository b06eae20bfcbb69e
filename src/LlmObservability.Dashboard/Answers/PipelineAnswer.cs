namespace LlmObservability.Dashboard.Answers;

/// <summary>How the pipeline of this process stands.</summary>
internal sealed record PipelineAnswer
{
    public PipelineAnswer(LlmStatistics statistics, bool enabled, string health)
    {
        Enabled = enabled;
        Health = health;
        Calls = statistics.Calls;
        InProgress = statistics.InProgress;
        OpenStreams = statistics.OpenStreams;
        StreamsNeverDisposed = statistics.StreamsNeverDisposed;
        CommitTimeouts = statistics.CommitTimeouts;
        RecorderErrors = statistics.RecorderErrors;
        CallsLost = statistics.CallsLost;
        LastCallLostAt = statistics.LastCallLostAt;
        Dropped = statistics.Dropped;
        Tags = new TagCutsAnswer(statistics.Tags);
        Sinks = [.. statistics.Sinks.Select(sink => new SinkAnswer(sink))];
    }

    public bool Enabled { get; }

    public string Health { get; }

    public long Calls { get; }

    public long InProgress { get; }

    public int OpenStreams { get; }

    public long StreamsNeverDisposed { get; }

    public long CommitTimeouts { get; }

    public long RecorderErrors { get; }

    public long CallsLost { get; }

    public DateTimeOffset? LastCallLostAt { get; }

    public long Dropped { get; }

    public TagCutsAnswer Tags { get; }

    public IReadOnlyList<SinkAnswer> Sinks { get; }
}
