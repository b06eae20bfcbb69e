using System.Net;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What a status other than success means for a batch.</summary>
internal static class OtlpRefusal
{
    /// <param name="response">What the server answered.</param>
    /// <param name="section">The sink's configuration section.</param>
    /// <param name="server">The server, without anything secret.</param>
    /// <param name="now">The time, for a date in the answer.</param>
    /// <param name="isLastTry">Whether the batch has failed by the server's own fault so often that it is given up.</param>
    public static LlmSinkException Of(HttpResponseMessage response, string section, string server, DateTimeOffset now, bool isLastTry)
    {
        var (status, retryAfter) = (response.StatusCode, response.Headers.RetryAfter);
        var failure = IsServersFault(status) && !isLastTry ? LlmSinkFailure.Transient : Classify(status);
        var wait = failure != LlmSinkFailure.Transient ? null : retryAfter?.Delta ?? (retryAfter?.Date - now);
        return new LlmSinkException(failure, $"The OTLP server at {server} answered {(int)status}{Advice(status, section)}.")
        {
            RetryAfter = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LlmSinkException.MaxRetryAfter ? LlmSinkException.MaxRetryAfter : wait,
        };
    }

    /// <summary>A defect of the server, or a gateway's word for one that is away: it may pass, or come again with every try.</summary>
    public static bool IsServersFault(HttpStatusCode status) => (int)status >= 500 && Classify(status) == LlmSinkFailure.Permanent;

    private static LlmSinkFailure Classify(HttpStatusCode status) => (int)status switch
    {
        // The server is busy or away.
        408 or 429 or 502 or 503 or 504 => LlmSinkFailure.Transient,
        // A key or an address that somebody puts right must not have cost records.
        401 or 403 or 404 or 405 or 407 or 415 or (>= 300 and < 400) => LlmSinkFailure.Transient,
        // Something in it, or how much it is.
        400 or 413 or 422 => LlmSinkFailure.Poison,
        _ => LlmSinkFailure.Permanent,
    };

    private static string Advice(HttpStatusCode status, string section) => (int)status switch
    {
        401 or 403 => $": put the right key into {section}:Headers",
        404 or 405 => $": set {section}:Endpoint to where it takes OTLP over HTTP",
        407 => ": the proxy in between wants credentials",
        413 => ": lower LlmObservability:Pipeline:MaxBatchItems, or raise what it takes",
        415 => ": it must take OTLP over HTTP with JSON",
        >= 300 and < 400 => $", a redirect, which is not followed: set {section}:Endpoint to where it leads",
        _ => "",
    };
}
