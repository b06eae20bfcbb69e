using LlmObservability.Sinks;

namespace LlmObservability.Pipeline;

/// <summary>One thing under way to the sink: a batch, the reading of one from the spool and its writing, or the sink's preparation.</summary>
internal sealed class Delivery
{
    private volatile bool _isRead;

    /// <summary>What is written; null for a preparation, and until it is read.</summary>
    public LlmBatch? Batch { get; set; }

    /// <summary>The last position in the spool that it settles; 0 when it is not there.</summary>
    public long Through { get; set; }

    /// <summary>Whether it was to be logged, once: what of it went in then stays there, and is recognised should it come again.</summary>
    public bool IsLogTried { get; set; }

    /// <summary>Whether all of it is in the log.</summary>
    public bool IsLogged { get; set; }

    /// <summary>Whether its batch is in memory alone, and could be logged.</summary>
    public bool IsToLog => !IsInSpool && !IsLogTried && Batch is not null;

    /// <summary>Whether the next process finds its batch.</summary>
    public bool IsInSpool => FromDisk || Through > 0 || IsLogged;

    /// <summary>Whether earlier ones wait in the spool, which can give nothing now.</summary>
    public bool IsAhead { get; set; }

    /// <summary>Whether its batch comes from disk.</summary>
    public bool FromDisk { get; init; }

    /// <summary>Why nothing could be read.</summary>
    public Exception? ReadFailure { get; set; }

    /// <summary>The clock's timestamp at its beginning.</summary>
    public long Started { get; init; }

    public Task<BatchOutcome> Task { get; set; } = System.Threading.Tasks.Task.FromResult(default(BatchOutcome));

    /// <summary>Set once what it reads is known to itself; the pump takes note then.</summary>
    public bool IsRead
    {
        get => _isRead;
        set => _isRead = value;
    }

    /// <summary>Whether the pump knows what it holds.</summary>
    public bool IsNoted { get; set; }
}
