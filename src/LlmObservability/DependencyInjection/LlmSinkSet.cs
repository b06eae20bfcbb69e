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
            : [.. builder.SinkNames.Select(name => Named(name, provider.GetRequiredKeyedService<ILlmSink>(name)))];
        _store = Sinks.OfType<ILlmStore>().LastOrDefault();
    }

    public IReadOnlyList<ILlmSink> Sinks { get; }

    // Settings, counters and logs go by the sink's own name; two names for one sink would make its switch dead.
    private static ILlmSink Named(string name, ILlmSink sink) => sink.Name == name
        ? sink
        : throw new InvalidOperationException($"The sink added as '{name}' is named '{sink.Name}'; add it under its own name.");

    public ILlmStore Store => _store
        ?? throw new InvalidOperationException("None of the sinks can be read; add a store, for example with AddInMemoryStore() or AddPostgres().");
}
