using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.DependencyInjection;

/// <summary>The application's sinks, and the store that is read: the last one added that can be. In memory when none was added.</summary>
internal sealed class LlmSinkSet
{
    private readonly ILlmStore? _store;

    public LlmSinkSet(LlmObservabilityBuilder builder, IServiceProvider provider)
    {
        Sinks = builder.SinkNames.Count == 0
            ? [new InMemoryLlmStore()]
            : [.. builder.SinkNames.Select(name => provider.GetRequiredKeyedService<ILlmSink>(name))];
        _store = Sinks.OfType<ILlmStore>().LastOrDefault();
    }

    public IReadOnlyList<ILlmSink> Sinks { get; }

    public ILlmStore Store => _store
        ?? throw new InvalidOperationException("None of the sinks can be read; add a store, for example with AddInMemoryStore() or AddPostgres().");
}
