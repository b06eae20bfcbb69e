using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LlmObservability.Queries;

/// <summary>
/// Where a page ended: the last row's place in the order. Opaque to callers as text; it belongs to the filter and order it
/// was made for. Its checksum finds damage and careless changes; it is no signature, and a cursor grants no access.
/// </summary>
/// <param name="OrderField">Name of the field of the order.</param>
/// <param name="Descending">The order's direction.</param>
/// <param name="Key">The last row's value of that field in text form (see <see cref="LlmValue"/>); null is a missing value.</param>
/// <param name="StartedAt">The last row's start: the first tie-breaker.</param>
/// <param name="Id">The last row's id: the second tie-breaker.</param>
/// <param name="QueryHash">Stable hash of filter and order: <see cref="HashOf"/>.</param>
public readonly record struct LlmCursor(
    string OrderField, bool Descending, string? Key, DateTimeOffset StartedAt, Guid Id, ulong QueryHash)
{
    /// <summary>The longest cursor in text form, in characters; room for the longest tag value (4,096 characters).</summary>
    public const int MaxLength = 12_288;

    private const byte Version = 1;
    private const int HeaderLength = 2 + 8 + 8 + 16;
    private const int ChecksumLength = 8;

    /// <summary>The cursor of the page that ended with a call.</summary>
    public static LlmCursor After(LlmCall last, LlmListRequest request)
    {
        ArgumentNullException.ThrowIfNull(last);
        ArgumentNullException.ThrowIfNull(request);
        var key = LlmFieldReader.For(request.Order.Field)(last).ToText();
        return new LlmCursor(
            request.Order.Field.Name, request.Order.Descending, key, last.StartedAt.ToUniversalTime(), last.Id, HashOf(request));
    }

    /// <summary>Reads a cursor that was made for the request's filter and order.</summary>
    /// <exception cref="LlmQueryException">For <c>cursor</c>: too long, malformed, changed, or made for another filter or order.</exception>
    public static LlmCursor Parse(string text, LlmListRequest request)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(request);
        var bytes = text.Length <= MaxLength ? Decode(text) : null;
        if (bytes is null || !IsWhole(bytes))
        {
            throw Malformed();
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(2)) != HashOf(request))
        {
            throw new LlmQueryException("cursor", "The cursor belongs to another filter or order; begin again without one.");
        }

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(10));
        var key = bytes[1] == 0 ? null : ReadKey(bytes.AsSpan(HeaderLength..^ChecksumLength));
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks
            || (key is not null && request.Order.Field.Type != LlmFieldType.Text && !LlmValue.Fits(request.Order.Field.Type, key)))
        {
            throw Malformed();
        }

        var id = new Guid(bytes.AsSpan(18, 16), bigEndian: true);
        return new LlmCursor(
            request.Order.Field.Name, request.Order.Descending, key, new DateTimeOffset(ticks, TimeSpan.Zero), id, HashOf(request));
    }

    /// <summary>The hash of a request's filter and order: the same in every process and version, whatever the order of conditions and of a condition's values.</summary>
    public static ulong HashOf(LlmListRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var text = new StringBuilder();
        Append(text, request.Order.Field.Name);
        Append(text, LlmValue.Format(request.Order.Descending));
        Append(text, request.Filter.From is { } from ? LlmValue.Format(from) : "");
        Append(text, request.Filter.To is { } to ? LlmValue.Format(to) : "");
        foreach (var condition in request.Filter.Conditions.Select(Canonical).Order(StringComparer.Ordinal))
        {
            Append(text, condition);
        }

        return Hash(MemoryMarshal.AsBytes(text.ToString().AsSpan()));
    }

    /// <summary>The text form: base64url, safe in a URL as it is.</summary>
    public override string ToString()
    {
        var key = (Key ?? "").AsSpan();
        var bytes = new byte[HeaderLength + (key.Length * sizeof(char)) + ChecksumLength];
        bytes[0] = Version;
        bytes[1] = Key is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2), QueryHash);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(10), StartedAt.UtcTicks);
        Id.TryWriteBytes(bytes.AsSpan(18), bigEndian: true, out _);

        // UTF-16 code units rather than UTF-8: every string comes back as it was.
        for (var i = 0; i < key.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(HeaderLength + (i * sizeof(char))), key[i]);
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(^ChecksumLength..), Hash(bytes.AsSpan(..^ChecksumLength)));
        return Encode(bytes);
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[]? Decode(string text)
    {
        var padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length / 4 * 3];

        // Written again it must be the same text: the decoder forgives white space and spare bits.
        return Convert.TryFromBase64String(padded, bytes, out var written) && Encode(bytes[..written]) == text ? bytes[..written] : null;
    }

    private static bool IsWhole(byte[] bytes)
    {
        var keyLength = bytes.Length - HeaderLength - ChecksumLength;
        return keyLength >= 0 && keyLength % sizeof(char) == 0
            && bytes[0] == Version && (bytes[1] == 1 || (bytes[1] == 0 && keyLength == 0))
            && BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(^ChecksumLength..)) == Hash(bytes.AsSpan(..^ChecksumLength));
    }

    private static string ReadKey(ReadOnlySpan<byte> bytes)
    {
        var key = new StringBuilder(bytes.Length / sizeof(char));
        for (var i = 0; i < bytes.Length; i += sizeof(char))
        {
            key.Append((char)BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]));
        }

        return key.ToString();
    }

    private static string Canonical(LlmCondition condition)
    {
        var text = new StringBuilder();
        Append(text, condition.Field.Name);
        Append(text, condition.Operator.ToString());
        foreach (var value in condition.Values.Order(StringComparer.Ordinal))
        {
            Append(text, value);
        }

        return text.ToString();
    }

    // Each part with its length before it, so that no two queries share a text.
    private static void Append(StringBuilder text, string part) => text.Append(LlmValue.Format(part.Length)).Append(':').Append(part);

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private static LlmQueryException Malformed() => new("cursor", "The cursor is not one that this store gave out.");
}
