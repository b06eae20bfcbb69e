using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing.Stores;
using LlmObservability.Tests.Segments;

namespace LlmObservability.Tests.Files;

/// <summary>The contract, over a store that is opened anew after each write: what it answers then it has read from its files.</summary>
public sealed class ReopenedFileLlmStoreTests : LlmStoreContract, IAsyncDisposable
{
    private ReopenedStore? _store;

    protected override string Kind => "files";

    protected override ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync()
    {
        _store = new ReopenedStore();
        return new((_store, _store));
    }

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private sealed class ReopenedStore : ILlmSink, ILlmStore, ILlmStoreStatus, IAsyncDisposable
    {
        private readonly FaultFiles _files = new();
        private FileLlmStore _store;

        public ReopenedStore() => _store = Create();

        public string Name => _store.Name;

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => _store.PrepareAsync(cancellationToken);

        public async ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
        {
            var result = await _store.WriteAsync(batch, cancellationToken);
            await _store.DisposeAsync();
            _store = Create();
            await _store.PrepareAsync(cancellationToken);
            return result;
        }

        public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken) => _store.GetAsync(id, cancellationToken);

        public ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken) => _store.ListAsync(request, cancellationToken);

        public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken) =>
            _store.AggregateAsync(request, cancellationToken);

        public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken) =>
            _store.DistinctAsync(request, cancellationToken);

        public ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken) => _store.ToolsAsync(request, cancellationToken);

        public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken) =>
            _store.ExportAsync(filter, cancellationToken);

        public ValueTask<LlmStoreStatus> GetStatusAsync(CancellationToken cancellationToken) => _store.GetStatusAsync(cancellationToken);

        public ValueTask DisposeAsync() => _store.DisposeAsync();

        private FileLlmStore Create() => new(_files, new FileLlmStoreOptions { Directory = "reopened" }, TimeProvider.System, null);
    }
}
