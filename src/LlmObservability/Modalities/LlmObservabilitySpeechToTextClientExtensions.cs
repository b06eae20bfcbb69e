using System.Diagnostics.CodeAnalysis;
using LlmObservability;
using LlmObservability.Calls;
using LlmObservability.Modalities;

namespace Microsoft.Extensions.AI;

/// <summary>Wraps speech-to-text clients, and finds the record of a response. Experimental, as those are themselves.</summary>
/// <remarks>Wrapped clients may nest, as chat clients do: the inner ones are attempts of the outer one.</remarks>
[Experimental("MEAI001", UrlFormat = "https://aka.ms/dotnet-extensions-warnings/{0}")]
public static class LlmObservabilitySpeechToTextClientExtensions
{
    /// <summary>
    /// Wraps a client: every call through what this returns is recorded, as operation <c>generate_content</c> with the output
    /// type <c>text</c>. Fits a pipeline of such clients as a method group.
    /// </summary>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static ISpeechToTextClient WithLlmObservability(this ISpeechToTextClient client, IServiceProvider services) =>
        client.WithLlmObservability(ObservedClient.ObserverOf(services), new LlmClientOptions());

    /// <summary>Wraps a client with what the application says of it.</summary>
    /// <inheritdoc cref="WithLlmObservability(ISpeechToTextClient, IServiceProvider)"/>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the client; read now.</param>
    public static ISpeechToTextClient WithLlmObservability(this ISpeechToTextClient client, IServiceProvider services, LlmClientOptions options) =>
        client.WithLlmObservability(ObservedClient.ObserverOf(services), options);

    /// <summary>Wraps a client without dependency injection.</summary>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    public static ISpeechToTextClient WithLlmObservability(this ISpeechToTextClient client, LlmObserver observer) =>
        client.WithLlmObservability(observer, new LlmClientOptions());

    /// <summary>Wraps a client without dependency injection, with what the application says of it.</summary>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    /// <param name="options">What the application says of the client; read now.</param>
    public static ISpeechToTextClient WithLlmObservability(this ISpeechToTextClient client, LlmObserver observer, LlmClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(options);
        return client is ObservedSpeechToTextClient observed && ReferenceEquals(observed.Observer, observer)
            ? client
            : new ObservedSpeechToTextClient(client, observer, options.OnlyWrappedInside);
    }

    /// <summary>The record of the call that gave this response; null if it did not come from a wrapped client of this process.</summary>
    public static LlmCall? GetLlmCall(this SpeechToTextResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return LlmCallLookup.Find(response);
    }

    /// <summary>The record of a streamed call, on the stream's last update, once the stream was read to its end; else null.</summary>
    public static LlmCall? GetLlmCall(this SpeechToTextResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return LlmCallLookup.Find(update);
    }
}
