namespace LlmObservability.Sinks;

/// <summary>
/// Where finished calls go: the write contract. The pipeline gives each sink a worker of its own and calls it with one
/// batch at a time; implementations need not be safe for parallel writes. A sink that also reads implements
/// <see cref="Queries.ILlmStore"/>.
/// </summary>
/// <remarks>
/// A sink just throws when it cannot write. The pipeline decides: <see cref="LlmSinkException"/> says whether to retry
/// the batch, to bisect it, or to give it up; any other exception is retried. The same batch, or one cut differently from
/// the same sequence numbers, may come again after a failure: what was committed once must not be written twice.
/// A write that outlives <see cref="LlmPipelineOptions.WriteTimeout"/> has its token cancelled and is left behind; the next
/// one may begin while it unwinds.
/// </remarks>
public interface ILlmSink
{
    /// <summary>Short stable name, used in options, logs and counters.</summary>
    string Name { get; }

    /// <summary>Makes the sink ready, for example by applying migrations. Called before the first write, and again after it threw.</summary>
    ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Writes a batch, all of it or none, and returns once it is safe.</summary>
    ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken);
}
