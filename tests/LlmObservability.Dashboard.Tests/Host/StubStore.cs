using System.Runtime.CompilerServices;
using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Dashboard.Tests.Host;

/// <summary>A store that answers as a test says.</summary>
internal sealed class StubStore : ILlmSink, ILlmStore
{
    public string Name => "stub";

    public Func<CancellationToken, Task<LlmPage>> List { get; set; } = _ => Task.FromResult(new LlmPage([], null));

    public Func<Guid, LlmCallDetail?> Get { get; set; } = _ => null;

    public Func<CancellationToken, Task<LlmAggregate>> Aggregate { get; set; } = _ => Task.FromResult(new LlmAggregate([], new LlmMeasures(), null));

    public Func<CancellationToken, IAsyncEnumerable<LlmCall>> Export { get; set; } = NothingAsync;

    public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => new(new LlmWriteResult(batch.Envelopes.Count, 0));

    public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken) => new(Get(id));

    public ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken) => new(List(cancellationToken));

    public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken) => new(Aggregate(cancellationToken));

    public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken) => new(new LlmDistinct([], false));

    public ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken) => new(new LlmTools([], false));

    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) => Export(cancellationToken);

    private static async IAsyncEnumerable<LlmCall> NothingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }
}
