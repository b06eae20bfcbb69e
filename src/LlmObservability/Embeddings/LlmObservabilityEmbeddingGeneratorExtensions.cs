using LlmObservability;
using LlmObservability.Calls;
using LlmObservability.Embeddings;

namespace Microsoft.Extensions.AI;

/// <summary>Wraps embedding generators, and finds the record of their result.</summary>
/// <remarks>
/// Wrapped generators may nest, as chat clients do: the inner ones are attempts of the outer one. An embedding inside a chat
/// call is a call of its own, and its span a child of the chat call's.
/// </remarks>
public static class LlmObservabilityEmbeddingGeneratorExtensions
{
    /// <summary>
    /// Wraps a generator: every call through what this returns is recorded. Fits a generator pipeline as a method group:
    /// <c>builder.Use(LlmObservabilityEmbeddingGeneratorExtensions.WithLlmObservability)</c>.
    /// </summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">The embeddings.</typeparam>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static IEmbeddingGenerator<TInput, TEmbedding> WithLlmObservability<TInput, TEmbedding>(
        this IEmbeddingGenerator<TInput, TEmbedding> generator, IServiceProvider services)
        where TEmbedding : Embedding => generator.WithLlmObservability(ObservedClient.ObserverOf(services), new LlmClientOptions());

    /// <summary>Wraps a generator with what the application says of it.</summary>
    /// <inheritdoc cref="WithLlmObservability{TInput, TEmbedding}(IEmbeddingGenerator{TInput, TEmbedding}, IServiceProvider)"/>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the generator; read now.</param>
    public static IEmbeddingGenerator<TInput, TEmbedding> WithLlmObservability<TInput, TEmbedding>(
        this IEmbeddingGenerator<TInput, TEmbedding> generator, IServiceProvider services, LlmClientOptions options)
        where TEmbedding : Embedding => generator.WithLlmObservability(ObservedClient.ObserverOf(services), options);

    /// <summary>Wraps a generator without dependency injection.</summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">The embeddings.</typeparam>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    public static IEmbeddingGenerator<TInput, TEmbedding> WithLlmObservability<TInput, TEmbedding>(
        this IEmbeddingGenerator<TInput, TEmbedding> generator, LlmObserver observer)
        where TEmbedding : Embedding => generator.WithLlmObservability(observer, new LlmClientOptions());

    /// <summary>Wraps a generator without dependency injection, with what the application says of it.</summary>
    /// <typeparam name="TInput">What is embedded.</typeparam>
    /// <typeparam name="TEmbedding">The embeddings.</typeparam>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    /// <param name="options">What the application says of the generator; read now.</param>
    public static IEmbeddingGenerator<TInput, TEmbedding> WithLlmObservability<TInput, TEmbedding>(
        this IEmbeddingGenerator<TInput, TEmbedding> generator, LlmObserver observer, LlmClientOptions options)
        where TEmbedding : Embedding
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(options);
        return generator is ObservedEmbeddingGenerator<TInput, TEmbedding> observed && ReferenceEquals(observed.Observer, observer)
            ? generator
            : new ObservedEmbeddingGenerator<TInput, TEmbedding>(generator, observer, ownsInner: true, options.OnlyWrappedInside);
    }

    /// <summary>
    /// The record of the call that gave these embeddings: id, cost, tokens, latency. Null if they did not come from a wrapped
    /// generator of this process. One embedding taken out of them has none; hold an <see cref="LlmScope.Capture"/> there.
    /// </summary>
    public static LlmCall? GetLlmCall<TEmbedding>(this GeneratedEmbeddings<TEmbedding> embeddings)
        where TEmbedding : Embedding
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        return LlmCallLookup.Find(embeddings);
    }
}
