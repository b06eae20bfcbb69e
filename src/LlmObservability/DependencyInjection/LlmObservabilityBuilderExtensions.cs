using LlmObservability;
using LlmObservability.Chat;
using LlmObservability.DependencyInjection;
using LlmObservability.Embeddings;
using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds sinks and stores, and wraps the clients that the application registered.</summary>
public static class LlmObservabilityBuilderExtensions
{
    /// <summary>Adds a sink. Each sink has a queue and a worker of its own; a slow one holds up no other.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The sink's <see cref="ILlmSink.Name"/>; unique, also the key of its settings in <see cref="LlmObservabilityOptions.Sinks"/>.</param>
    /// <param name="factory">Makes the sink; the container disposes it.</param>
    /// <exception cref="InvalidOperationException">A sink of that name was added already.</exception>
    public static ILlmObservabilityBuilder AddSink(
        this ILlmObservabilityBuilder builder, string name, Func<IServiceProvider, ILlmSink> factory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(factory);
        var names = ((LlmObservabilityBuilder)builder.Services
            .First(service => service.ServiceType == typeof(LlmObservabilityBuilder)).ImplementationInstance!).SinkNames;
        if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"A sink named '{name}' was added already; add each sink once.");
        }

        names.Add(name);
        builder.Services.AddKeyedSingleton(name, (provider, _) => factory(provider));
        return builder;
    }

    /// <summary>Adds a store: a sink that is also read. The last store added answers <see cref="ILlmStore"/>.</summary>
    /// <typeparam name="TStore">Its type, by which it can be resolved too; disposing it twice must be harmless.</typeparam>
    /// <inheritdoc cref="AddSink"/>
    public static ILlmObservabilityBuilder AddStore<TStore>(
        this ILlmObservabilityBuilder builder, string name, Func<IServiceProvider, TStore> factory)
        where TStore : class, ILlmSink, ILlmStore
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(factory);
        builder.AddSink(name, provider => provider.GetRequiredKeyedService<TStore>(name));
        builder.Services.AddKeyedSingleton(name, (provider, _) => factory(provider));
        builder.Services.AddSingleton(provider => provider.GetRequiredKeyedService<TStore>(name));
        return builder;
    }

    /// <summary>Adds the in-memory store: bounded, gone with the process. The default when nothing else is added.</summary>
    public static ILlmObservabilityBuilder AddInMemoryStore(
        this ILlmObservabilityBuilder builder, Action<InMemoryLlmStoreOptions>? configure = null)
    {
        return builder.AddStore("memory", _ =>
        {
            var options = new InMemoryLlmStoreOptions();
            configure?.Invoke(options);
            return new InMemoryLlmStore(options);
        });
    }

    /// <summary>Adds the file store: kept in a directory of this machine across restarts, within bounds of age and size, and read from memory.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="directory">
    /// A folder that the store has for itself, for one process at a time; null for the one that the configuration section tells.
    /// </param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:File</c>.</param>
    public static ILlmObservabilityBuilder AddFileStore(
        this ILlmObservabilityBuilder builder, string? directory = null, Action<FileLlmStoreOptions>? configure = null)
    {
        return builder.AddStore("file", services =>
        {
            var options = new FileLlmStoreOptions();
            services.GetService<IConfiguration>()?.GetSection(FileLlmStoreOptions.SectionName).Bind(options);
            options.Directory = directory ?? options.Directory;
            configure?.Invoke(options);
            return new FileLlmStore(options, services.GetService<TimeProvider>(), services.GetService<ILoggerFactory>());
        });
    }

    /// <summary>
    /// Wraps every <see cref="IChatClient"/> registered before this line, keyed ones too, whatever its lifetime. A client
    /// registered as an instance is not disposed by the container, wrapped or not.
    /// </summary>
    public static ILlmObservabilityBuilder ObserveChatClients(this ILlmObservabilityBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        new ClientDecoration<IChatClient>(static (client, observer, ownsInner) =>
            client is ObservedChatClient observed && ReferenceEquals(observed.Observer, observer)
                ? client
                : new ObservedChatClient(client, observer, ownsInner)).Apply(builder.Services);
        return builder;
    }

    /// <summary>
    /// Wraps every <c>IEmbeddingGenerator&lt;string, Embedding&lt;float&gt;&gt;</c> registered before this line, as
    /// <see cref="ObserveChatClients"/> does chat clients.
    /// </summary>
    public static ILlmObservabilityBuilder ObserveEmbeddingGenerators(this ILlmObservabilityBuilder builder) =>
        builder.ObserveEmbeddingGenerators<string, Embedding<float>>();

    /// <summary>Wraps every embedding generator for these types registered before this line.</summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">The embeddings.</typeparam>
    /// <inheritdoc cref="ObserveChatClients"/>
    public static ILlmObservabilityBuilder ObserveEmbeddingGenerators<TInput, TEmbedding>(this ILlmObservabilityBuilder builder)
        where TEmbedding : Embedding
    {
        ArgumentNullException.ThrowIfNull(builder);
        new ClientDecoration<IEmbeddingGenerator<TInput, TEmbedding>>(static (generator, observer, ownsInner) =>
            generator is ObservedEmbeddingGenerator<TInput, TEmbedding> observed && ReferenceEquals(observed.Observer, observer)
                ? generator
                : new ObservedEmbeddingGenerator<TInput, TEmbedding>(generator, observer, ownsInner)).Apply(builder.Services);
        return builder;
    }
}
