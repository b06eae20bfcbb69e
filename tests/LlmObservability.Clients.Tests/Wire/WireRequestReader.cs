using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Clients.Tests.Wire;

/// <summary>Reads one request from a connection: the head, and a body of a known length or in chunks.</summary>
internal static class WireRequestReader
{
    private const int Most = 1 << 20;

    /// <summary>The request; null where the client closed the connection without one.</summary>
    public static async Task<WireRequest?> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[Most];
        var length = 0;
        while (length < Most)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += received;
            if (Parse(buffer.AsSpan(0, length)) is { } request)
            {
                return request;
            }

            if (received == 0)
            {
                return length == 0 ? null : throw new InvalidDataException("A request ended early.");
            }
        }

        throw new InvalidDataException($"A request is longer than {Most} bytes.");
    }

    private static WireRequest? Parse(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = Encoding.ASCII.GetString(received[..end]).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var rest = received[(end + 4)..];
        var chunked = headers.TryGetValue("transfer-encoding", out var coding) && coding == "chunked";
        var body = chunked ? Chunks(rest) : Sized(rest, headers.TryGetValue("content-length", out var size) ? size : "0");
        var start = lines[0].Split(' ');
        return body is null ? null : new WireRequest(start[0], start[1], headers, body);
    }

    private static string? Sized(ReadOnlySpan<byte> rest, string size)
    {
        var length = int.Parse(size, CultureInfo.InvariantCulture);
        return rest.Length < length ? null : Encoding.UTF8.GetString(rest[..length]);
    }

    private static string? Chunks(ReadOnlySpan<byte> rest)
    {
        var body = new List<byte>();
        while (rest.IndexOf("\r\n"u8) is > 0 and var line)
        {
            var size = int.Parse(Encoding.ASCII.GetString(rest[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (rest.Length < line + 2 + size + 2)
            {
                return null;
            }

            if (size == 0)
            {
                return Encoding.UTF8.GetString([.. body]);
            }

            body.AddRange(rest.Slice(line + 2, size));
            rest = rest[(line + 2 + size + 2)..];
        }

        return null;
    }
}
