using LlmObservability.Clients.Tests.Wire;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>A client under test together with the wire format that it speaks: all that the matrix needs to know of either.</summary>
internal interface IClientDriver
{
    /// <summary>The client's name in the matrix, and its provider's.</summary>
    string Name { get; }

    string RequestModel { get; }

    string ResponseModel { get; }

    string ResponseId { get; }

    string PriceEntry { get; }

    /// <summary>The status by which this provider says that it is overloaded.</summary>
    int OverloadedStatus { get; }

    /// <summary>A client of that server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="retries">How many times the client tries again by itself.</param>
    /// <param name="timeout">How long it waits for an answer; null for its default.</param>
    IChatClient Connect(Uri server, int retries = 0, TimeSpan? timeout = null);

    /// <summary>The body of an answer that comes whole.</summary>
    string Body(Answer answer);

    /// <summary>The events of an answer that is streamed.</summary>
    StreamedAnswer Events(Answer answer);

    /// <summary>An error in the provider's form; a client that may try again does so at once.</summary>
    WireReply Error(int status);

    /// <summary>The full name of the exception that the client makes of that status.</summary>
    string ErrorType(int status);
}
