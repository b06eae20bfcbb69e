using System.Data.Common;
using System.Net.Sockets;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Problems;

/// <summary>What an exception means for whoever asked. Says nothing of the store, its place, or what it holds.</summary>
internal static class ProblemOf
{
    /// <summary>The body as the parameter at fault.</summary>
    public const string Body = "body";

    // What PostgreSQL says of a statement that took longer than its time.
    private const string StatementTimeout = "57014";

    /// <param name="exception">What was thrown.</param>
    /// <param name="isTimedOut">Whether the request's own time is over.</param>
    public static ProblemException Exception(Exception exception, bool isTimedOut) => exception switch
    {
        ProblemException known => known,
        LlmQueryException query => new(StatusCodes.Status400BadRequest, ProblemCode.InvalidParameter, query.Message, query.Parameter),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(
            StatusCodes.Status413PayloadTooLarge, ProblemCode.TooLarge, "The body is too large.", Body),
        BadHttpRequestException bad => new(bad.StatusCode, ProblemCode.InvalidBody, "The request cannot be read.", Body),
        OperationCanceledException when isTimedOut => TimedOut(),
        TimeoutException or DbException { SqlState: StatementTimeout } or DbException { InnerException: TimeoutException } => TimedOut(),
        OperationCanceledException => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCode.StoreUnavailable, "The server stops; try again later."),
        DbException or LlmSinkException or IOException or SocketException or ObjectDisposedException => new(
            StatusCodes.Status503ServiceUnavailable, ProblemCode.StoreUnavailable, "The store does not answer; try again later."),
        _ => new(StatusCodes.Status500InternalServerError, ProblemCode.Unexpected, "Something went wrong; the log tells more under this id."),
    };

    /// <summary>Whether the same question may be answered later: the store is away, or too slow for now.</summary>
    public static bool IsPassing(Exception exception) =>
        Exception(exception, isTimedOut: false).Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    private static ProblemException TimedOut() => new(
        StatusCodes.Status504GatewayTimeout, ProblemCode.TimedOut, "The answer took too long; ask for less time, or narrow the filter.");
}
