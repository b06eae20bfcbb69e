using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace LlmObservability.Testing.Otlp;

/// <summary>Just enough of HTTP/1.1 to read a POST.</summary>
internal static class HttpMessage
{
    private const int MostHeaderBytes = 64 * 1024;

    /// <summary>The next request's body, without its compression; null when the client closed the connection.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (await HeadersAsync(stream, cancellationToken) is not { } headers)
        {
            return null;
        }

        if (headers.Contains("expect: 100-continue", StringComparison.Ordinal))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        }

        var body = headers.Contains("transfer-encoding: chunked", StringComparison.Ordinal)
            ? await ChunksAsync(stream, cancellationToken)
            : await BytesAsync(stream, int.Parse(Header(headers, "content-length") ?? "0", CultureInfo.InvariantCulture), cancellationToken);
        if (Header(headers, "content-encoding") != "gzip")
        {
            return body;
        }

        using var plain = new MemoryStream();
        await using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        await gzip.CopyToAsync(plain, cancellationToken);
        return plain.ToArray();
    }

    private static string? Header(string headers, string name) => headers.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

    /// <summary>In lower case; null at the end of the connection.</summary>
    private static async Task<string?> HeadersAsync(Stream stream, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var next = new byte[1];
        while (text.Length < MostHeaderBytes)
        {
            if (await stream.ReadAsync(next, cancellationToken) == 0)
            {
                return text.Length == 0 ? null : throw new EndOfStreamException();
            }

            text.Append((char)next[0]);
            if (next[0] == '\n' && text.Length >= 4 && text[^4] == '\r' && text[^3] == '\n' && text[^2] == '\r')
            {
                return text.ToString().ToLowerInvariant();
            }
        }

        throw new IOException("A request's headers are longer than a server reads.");
    }

    private static async Task<byte[]> ChunksAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var length = int.Parse(await LineAsync(stream, cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await BytesAsync(stream, length, cancellationToken));
            await LineAsync(stream, cancellationToken);
            if (length == 0)
            {
                return body.ToArray();
            }
        }
    }

    private static async Task<string> LineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while ((await BytesAsync(stream, 1, cancellationToken))[0] is var next && next != '\n')
        {
            line.Append((char)next);
        }

        return line.ToString().TrimEnd('\r');
    }

    private static async Task<byte[]> BytesAsync(Stream stream, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
