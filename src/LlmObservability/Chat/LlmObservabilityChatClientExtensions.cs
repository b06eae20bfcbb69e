using LlmObservability;
using LlmObservability.Calls;
using LlmObservability.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Wraps chat clients, and finds the record of a response.</summary>
/// <remarks>
/// Wrapped clients may nest: a call inside another of the same observer is an attempt of it, and the outer call's tokens
/// and cost are those of its attempts. A call inside that has tags of its own, on its options or from a scope begun
/// inside, is a call of its own: an agent called by a tool, for example. So is a call of another kind of client: an
/// embedding for a search, for example.
/// </remarks>
public static class LlmObservabilityChatClientExtensions
{
    /// <summary>
    /// Wraps a client: every call through what this returns is recorded. Fits
    /// <c>Func&lt;IChatClient, IServiceProvider, IChatClient&gt;</c> as a method group, so that it stands in a chat client
    /// pipeline: <c>builder.Use(LlmObservabilityChatClientExtensions.WithLlmObservability)</c>.
    /// </summary>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static IChatClient WithLlmObservability(this IChatClient client, IServiceProvider services)
    {
        return client.WithLlmObservability(services, new LlmClientOptions());
    }

    /// <summary>Wraps a client with what the application says of it.</summary>
    /// <param name="client">The client. Returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="services">A provider on which <c>AddLlmObservability</c> was called.</param>
    /// <param name="options">What the application says of the client; read now.</param>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    public static IChatClient WithLlmObservability(this IChatClient client, IServiceProvider services, LlmClientOptions options)
    {
        return client.WithLlmObservability(ObservedClient.ObserverOf(services), options);
    }

    /// <summary>Wraps a client without dependency injection.</summary>
    /// <param name="client">The client; returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    public static IChatClient WithLlmObservability(this IChatClient client, LlmObserver observer) =>
        client.WithLlmObservability(observer, new LlmClientOptions());

    /// <summary>Wraps a client without dependency injection, with what the application says of it.</summary>
    /// <param name="client">The client; returned as it is when it is a wrapper of the same observer already; disposed with the wrapper.</param>
    /// <param name="observer">The observer; not disposed with the wrapper.</param>
    /// <param name="options">What the application says of the client; read now.</param>
    public static IChatClient WithLlmObservability(this IChatClient client, LlmObserver observer, LlmClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(options);
        return client is ObservedChatClient observed && ReferenceEquals(observed.Observer, observer)
            ? client
            : new ObservedChatClient(client, observer, ownsInner: true, options.OnlyWrappedInside);
    }

    /// <summary>
    /// The record of the call that gave this response: id, cost, tokens, latency. Null if the response did not come from a
    /// wrapped client of this process. Where an inner client hands out one object several times, the last call's; hold an
    /// <see cref="LlmScope.Capture"/> where that matters.
    /// </summary>
    public static LlmCall? GetLlmCall(this ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return LlmCallLookup.Find(response);
    }

    /// <summary>The record of a streamed call, on the stream's last update, once the stream was read to its end; else null.</summary>
    public static LlmCall? GetLlmCall(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return LlmCallLookup.Find(update);
    }
}
