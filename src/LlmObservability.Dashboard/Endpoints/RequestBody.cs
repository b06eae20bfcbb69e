using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>Reads a body within its bound, before the request takes a place: who sends slowly holds up nobody.</summary>
internal static class RequestBody
{
    /// <summary>The largest body, in bytes: all ids fit, with room for white space.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <exception cref="ProblemException">It is no JSON by its type, or too large.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw new ProblemException(
                StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnsupportedMediaType, "The body is application/json.", ProblemOf.Body);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxBytes;
        }

        // A server without that feature is not trusted to stop.
        var buffer = new byte[MaxBytes + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read <= MaxBytes
            ? buffer.AsMemory(0, read)
            : throw new ProblemException(
                StatusCodes.Status413PayloadTooLarge, ProblemCode.TooLarge, FormattableString.Invariant($"The body has at most {MaxBytes} bytes."), ProblemOf.Body);
    }
}
