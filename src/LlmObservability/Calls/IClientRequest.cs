using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>A request to an inner client of some kind, with the options as that client shall see them. A structure, so that it costs no object.</summary>
internal interface IClientRequest
{
    /// <summary>The model that the options name; null for the client's own.</summary>
    string? Model { get; }

    /// <summary>The options of a chat call; null for other kinds.</summary>
    ChatOptions? ChatOptions { get; }

    /// <summary>Makes the logical call.</summary>
    OpenCall ToCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags);
}

/// <inheritdoc cref="IClientRequest"/>
/// <typeparam name="TResponse">What answers it.</typeparam>
internal interface IClientRequest<TResponse> : IClientRequest
{
    Task<TResponse> SendAsync(CancellationToken cancellationToken);
}
