using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>
/// The body of an answer in JSON: compressed for whoever takes gzip. Nothing of a request stands in an answer, and no answer holds a
/// credential, so that no length tells one.
/// </summary>
internal static class JsonBody
{
    public const string MediaType = "application/json";

    private const string Gzip = "gzip";

    /// <param name="request">What is answered.</param>
    /// <param name="write">Writes the JSON.</param>
    public static async Task WriteAsync(ApiRequest request, Func<Stream, Task> write)
    {
        var response = request.Http.Response;
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (!TakesGzip(request.Http.Request))
        {
            response.ContentType = MediaType;
            await write(response.Body).ConfigureAwait(false);
            return;
        }

        // Whole before it goes out, and a tenth of the JSON: what fails until then is a problem and not half an answer.
        using var compressed = new MemoryStream();
        var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            await write(gzip).ConfigureAwait(false);
        }

        response.ContentType = MediaType;
        response.Headers.ContentEncoding = Gzip;
        response.ContentLength = compressed.Length;
        await response.Body.WriteAsync(compressed.GetBuffer().AsMemory(0, (int)compressed.Length), request.Cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether it is named and not refused, or is any other and those are taken.</summary>
    private static bool TakesGzip(HttpRequest request)
    {
        var (named, any) = ((double?)null, (double?)null);
        foreach (var coding in request.GetTypedHeaders().AcceptEncoding)
        {
            if (coding.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase))
            {
                named = coding.Quality ?? 1;
            }
            else if (coding.Value.Equals("*", StringComparison.Ordinal))
            {
                any = coding.Quality ?? 1;
            }
        }

        return (named ?? any) > 0;
    }
}
