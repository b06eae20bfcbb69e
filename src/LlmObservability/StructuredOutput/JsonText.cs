using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// The strings of a JSON document, read from their raw UTF-8. Unlike <see cref="JsonElement.GetString"/> nothing here
/// throws when an escape stands for half of a surrogate pair, and text without escapes is compared where it lies.
/// </summary>
internal static class JsonText
{
    /// <summary>A string value as it is written, without its quotes.</summary>
    internal static ReadOnlySpan<byte> Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value)[1..^1];

    internal static string Read(JsonElement value) => Read(Raw(value));

    internal static string Read(ReadOnlySpan<byte> raw)
    {
        if (!IsEscaped(raw))
        {
            return Encoding.UTF8.GetString(raw);
        }

        var text = new StringBuilder(raw.Length);
        while (raw.IndexOf((byte)'\\') is var escape and >= 0)
        {
            if (escape > 0)
            {
                text.Append(Encoding.UTF8.GetString(raw[..escape]));
            }

            var letter = raw[escape + 1];
            var length = letter == 'u' ? 6 : 2;
            text.Append(Unescape(letter, raw.Slice(escape, length)));
            raw = raw[(escape + length)..];
        }

        return text.Append(Encoding.UTF8.GetString(raw)).ToString();
    }

    internal static bool AreSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        return IsEscaped(left) || IsEscaped(right)
            ? string.Equals(Read(left), Read(right), StringComparison.Ordinal)
            : left.SequenceEqual(right);
    }

    /// <summary>Whether raw text stands for a plain one, given as UTF-8 too.</summary>
    internal static bool Is(ReadOnlySpan<byte> raw, string text, ReadOnlySpan<byte> utf8)
    {
        return IsEscaped(raw) ? Read(raw) == text : raw.SequenceEqual(utf8);
    }

    /// <summary>How many Unicode code points a string has; half of a surrogate pair counts as one.</summary>
    internal static int CodePoints(ReadOnlySpan<byte> raw)
    {
        var count = 0;
        if (!IsEscaped(raw))
        {
            foreach (var b in raw)
            {
                count += (b & 0xC0) != 0x80 ? 1 : 0;
            }

            return count;
        }

        foreach (var _ in Read(raw).EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <summary>The same for equal strings, however they are written.</summary>
    internal static int Hash(ReadOnlySpan<byte> raw)
    {
        var hash = new HashCode();
        hash.AddBytes(IsEscaped(raw) ? Encoding.UTF8.GetBytes(Read(raw)) : raw);
        return hash.ToHashCode();
    }

    private static bool IsEscaped(ReadOnlySpan<byte> raw) => raw.Contains((byte)'\\');

    private static char Unescape(byte letter, ReadOnlySpan<byte> escape)
    {
        switch (letter)
        {
            case (byte)'u':
                return Utf8Parser.TryParse(escape[2..], out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';
            case (byte)'n':
                return '\n';
            case (byte)'t':
                return '\t';
            case (byte)'r':
                return '\r';
            case (byte)'b':
                return '\b';
            case (byte)'f':
                return '\f';
            default:
                return (char)letter;
        }
    }
}
