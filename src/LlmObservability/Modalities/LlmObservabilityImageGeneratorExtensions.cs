using System.Diagnostics.CodeAnalysis;
using LlmObservability;
using LlmObservability.Calls;
using LlmObservability.Modalities;

namespace Microsoft.Extensions.AI;

/// <summary>Wraps image generators, and finds the record of a response. Experimental, as those are themselves.</summary>
/// <remarks>Wrapped generators may nest, as chat clients do: the inner ones are attempts of the outer one.</remarks>
[Experimental("MEAI001", UrlFormat = "https://aka.ms/dotnet-extensions-warnings/{0}")]
public static class LlmObservabilityImageGeneratorExtensions
{
    /// <summary>
    /// Wraps a generator: every call through what this returns is recorded, as operation <c>generate_content</c> with the output
    /// type <c>image</c>. Fits a pipeline of such generators as a method group.
    /// </summary>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static IImageGenerator WithLlmObservability(this IImageGenerator generator, IServiceProvider services) =>
        generator.WithLlmObservability(ObservedClient.ObserverOf(services), new LlmClientOptions());

    /// <summary>Wraps a generator with what the application says of it.</summary>
    /// <inheritdoc cref="WithLlmObservability(IImageGenerator, IServiceProvider)"/>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the generator; read now.</param>
    public static IImageGenerator WithLlmObservability(this IImageGenerator generator, IServiceProvider services, LlmClientOptions options) =>
        generator.WithLlmObservability(ObservedClient.ObserverOf(services), options);

    /// <summary>Wraps a generator without dependency injection.</summary>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    public static IImageGenerator WithLlmObservability(this IImageGenerator generator, LlmObserver observer) =>
        generator.WithLlmObservability(observer, new LlmClientOptions());

    /// <summary>Wraps a generator without dependency injection, with what the application says of it.</summary>
    /// <param name="generator">The generator. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    /// <param name="options">What the application says of the generator; read now.</param>
    public static IImageGenerator WithLlmObservability(this IImageGenerator generator, LlmObserver observer, LlmClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(options);
        return generator is ObservedImageGenerator observed && ReferenceEquals(observed.Observer, observer)
            ? generator
            : new ObservedImageGenerator(generator, observer, options.OnlyWrappedInside);
    }

    /// <summary>The record of the call that gave this response; null if it did not come from a wrapped generator of this process.</summary>
    public static LlmCall? GetLlmCall(this ImageGenerationResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return LlmCallLookup.Find(response);
    }
}
