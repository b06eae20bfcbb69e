using LlmObservability.Sinks;

namespace LlmObservability;

/// <summary>What an observer counted since it was made. A snapshot: each figure is exact, taken one after the other.</summary>
public sealed record LlmStatistics
{
    /// <summary>Calls recorded, by any outcome.</summary>
    public long Calls { get; init; }

    /// <summary>Calls of any kind begun and not yet ended, streams among them; attempts inside a call are not counted.</summary>
    public long InProgress { get; init; }

    /// <summary>Streams begun and not yet ended.</summary>
    public int OpenStreams { get; init; }

    /// <summary>Streams recorded as abandoned because nobody disposed them.</summary>
    public long StreamsNeverDisposed { get; init; }

    /// <summary>
    /// Calls that returned before their commit was known (<see cref="LlmAcknowledgement.Committed"/>), or before their record was
    /// on disk (<see cref="LlmDurability.WriteAheadSynchronous"/>): after the bound, or at once while the disk refuses.
    /// </summary>
    public long CommitTimeouts { get; init; }

    /// <summary>Errors of the recorder itself beside a call. The call was not affected; mostly its record is only less complete.</summary>
    public long RecorderErrors { get; init; }

    /// <summary>Calls without a record because the recorder itself failed; each counts as dropped.</summary>
    public long CallsLost { get; init; }

    /// <summary>When a call was last lost by the recorder itself; null when none was. UTC.</summary>
    public DateTimeOffset? LastCallLostAt { get; init; }

    /// <summary>What tag bounds cut. A scope's tags are resolved once, however many calls they mark.</summary>
    public required LlmTagStatistics Tags { get; init; }

    /// <summary>Figures by sink.</summary>
    public required IReadOnlyList<LlmSinkStatistics> Sinks { get; init; }

    /// <summary>All drops: of all sinks and reasons, and <see cref="CallsLost"/>.</summary>
    public long Dropped => CallsLost + Sinks.Sum(sink => sink.Dropped.Values.Sum());
}

/// <summary>What tag bounds cut.</summary>
public sealed record LlmTagStatistics
{
    /// <summary>Tags beyond the count.</summary>
    public long DroppedByCount { get; init; }

    /// <summary>Keys cut to their length.</summary>
    public long CutKeys { get; init; }

    /// <summary>Values cut to their length.</summary>
    public long CutValues { get; init; }

    /// <summary>Keys without text, and characters replaced because no store takes them.</summary>
    public long Invalid { get; init; }

    /// <summary>User ids not stored because neither a hash key nor plain ids are configured.</summary>
    public long UsersWithoutKey { get; init; }
}

/// <summary>One sink's figures.</summary>
public sealed record LlmSinkStatistics
{
    /// <summary>The sink's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is switched on.</summary>
    public bool Enabled { get; init; }

    /// <summary>Envelopes accepted by its queue.</summary>
    public long Accepted { get; init; }

    /// <summary>Envelopes written.</summary>
    public long Written { get; init; }

    /// <summary>Envelopes that the sink recognised as written before, after a retry.</summary>
    public long AlreadyWritten { get; init; }

    /// <summary>Envelopes that wait.</summary>
    public long QueuedItems { get; init; }

    /// <summary>Their bytes, by estimate.</summary>
    public long QueuedBytes { get; init; }

    /// <summary>Batches committed.</summary>
    public long Batches { get; init; }

    /// <summary>Writes repeated after a failure.</summary>
    public long Retries { get; init; }

    /// <summary>How long the last batch took from its first write attempt to its commit, retries and pauses included; null before the first.</summary>
    public TimeSpan? LastFlush { get; init; }

    /// <summary>The same on average, over all batches that were committed.</summary>
    public TimeSpan? MeanFlush { get; init; }

    /// <summary>How it stands.</summary>
    public LlmSinkState State { get; init; }

    /// <summary>Since when no write has succeeded; null while it works. UTC.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>
    /// Why the last write failed, null while it works: the message of a <see cref="LlmSinkException"/>, of any other
    /// exception its type's name. Holds no content of a call and no secret.
    /// </summary>
    public string? Failure { get; init; }

    /// <summary>
    /// How full its queue is, 0 to 1: the larger share of <see cref="LlmPipelineOptions.MaxQueueItems"/> and
    /// <see cref="LlmPipelineOptions.MaxQueueBytes"/>.
    /// </summary>
    public double QueueFullness { get; init; }

    /// <summary>
    /// For how long the oldest record waits, in memory or in the spool, or is being written; zero when there is none. Rounded down, by at most
    /// <see cref="LlmPipelineOptions.FlushInterval"/> and a thirtieth of the time for which the backlog has lasted.
    /// </summary>
    public TimeSpan OldestAge { get; init; }

    /// <summary>
    /// When a record was last dropped, within <see cref="LlmPipelineOptions.FlushInterval"/>; null when none was. Drops of a
    /// sink that was switched off, and <see cref="LlmDropReason.Unsupported"/>, do not count. UTC.
    /// </summary>
    public DateTimeOffset? LastDropAt { get; init; }

    /// <summary>Drops by reason; reasons without a drop are absent.</summary>
    public required IReadOnlyDictionary<LlmDropReason, long> Dropped { get; init; }

    /// <summary>Its spool; null where it has none.</summary>
    public LlmSpoolStatistics? Spool { get; init; }
}

/// <summary>The spool of one sink.</summary>
public sealed record LlmSpoolStatistics
{
    /// <summary>What it promises.</summary>
    public LlmDurability Durability { get; init; }

    /// <summary>Records in it that the sink has not committed, those among them that memory holds too.</summary>
    public long Records { get; init; }

    /// <summary>Bytes on disk, of segments and of files put aside.</summary>
    public long Bytes { get; init; }

    /// <summary>How full it is, 0 to 1 and a little above: the share of <see cref="LlmPipelineOptions.MaxSpoolBytes"/>.</summary>
    public double Fullness { get; init; }

    /// <summary>For how long the oldest of those records has been in it; zero when there is none.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Records logged since the start.</summary>
    public long Logged { get; init; }

    /// <summary>Records that an earlier process had left in it.</summary>
    public long Recovered { get; init; }

    /// <summary>Records read back from disk since the start.</summary>
    public long ReadBack { get; init; }

    /// <summary>Damaged segments put aside and kept as evidence.</summary>
    public int Quarantined { get; init; }

    /// <summary>Bytes of them.</summary>
    public long QuarantinedBytes { get; init; }

    /// <summary>Records put aside in a file because the sink refuses them, since the start.</summary>
    public long PutAside { get; init; }

    /// <summary>Since when the disk takes nothing, or the spool cannot be opened; null while it works. UTC.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why, in one sentence without content or secret; null while it works.</summary>
    public string? Failure { get; init; }
}
