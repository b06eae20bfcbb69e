using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Ids in a trace: the recorded ones, else such as follow from the call's id alone and so are the same whenever a record is sent.</summary>
internal static class TraceIds
{
    public const int TraceLength = 32;
    public const int SpanLength = 16;

    /// <summary>A call's span.</summary>
    public const char Call = 'c';

    /// <summary>An attempt's.</summary>
    public const char Attempt = 'a';

    /// <summary>A tool call's.</summary>
    public const char ToolCall = 't';

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a text is an id: lower-case hexadecimal digits of that length, not all of them 0.</summary>
    public static bool IsId([NotNullWhen(true)] string? text, int length) =>
        text?.Length == length && !text.AsSpan().ContainsAnyExcept(Digits) && text.AsSpan().ContainsAnyExcept('0');

    /// <summary>The recorded trace; where there is none, one of the call's own, made of its id.</summary>
    public static void Fill(string? recorded, Guid callId, Span<char> id)
    {
        if (IsId(recorded, TraceLength))
        {
            recorded.CopyTo(id);
            return;
        }

        // A version 7 id is never empty; one from elsewhere may be, and all zeros are no trace.
        var trace = callId == Guid.Empty ? new Guid(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) : callId;
        trace.TryFormat(id, out _, "N");
    }

    /// <summary>The recorded span; where there is none, one made of the call's id.</summary>
    /// <param name="recorded">What the record says; null for nothing.</param>
    /// <param name="callId">The call's id.</param>
    /// <param name="kind">What of the call it is.</param>
    /// <param name="ordinal">Which of its kind; 0 for the call.</param>
    /// <param name="id">Takes the digits.</param>
    public static void Fill(string? recorded, Guid callId, char kind, int ordinal, Span<char> id)
    {
        if (IsId(recorded, SpanLength))
        {
            recorded.CopyTo(id);
            return;
        }

        Span<byte> of = stackalloc byte[21];
        callId.TryWriteBytes(of, bigEndian: true, out _);
        of[16] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(of[17..], ordinal);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(of, hash);
        var value = BinaryPrimitives.ReadUInt64BigEndian(hash);
        (value == 0 ? 1 : value).TryFormat(id, out _, "x16", CultureInfo.InvariantCulture);
    }
}
