#pragma warning disable
namespace LlmObservability.InMemory;
using LlmObservability.Queries; using LlmObservability.Sinks;
public class InMemoryLlmStoreOptions { public int MaxCalls {get;set;} }
public class InMemoryLlmStore : ILlmSink, ILlmStore { public InMemoryLlmStore(InMemoryLlmStoreOptions? o=null){}
public string Name=>"memory"; public ValueTask PrepareAsync(CancellationToken c)=>default; public ValueTask<LlmWriteResult> WriteAsync(LlmBatch b, CancellationToken c)=>default;
public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken c)=>default; public ValueTask<LlmPage> ListAsync(LlmListRequest r, CancellationToken c)=>default;
public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest r, CancellationToken c)=>default; public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest r, CancellationToken c)=>default;
public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter f, CancellationToken c)=>null!; }
