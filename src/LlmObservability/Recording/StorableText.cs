using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace LlmObservability;

/// <summary>Text that every store takes: PostgreSQL refuses NUL, and UTF-8 has no lone surrogates. The one place of this rule.</summary>
internal static class StorableText
{
    private const char Replacement = '\uFFFD';

    // Nearly every text there is, found out in one pass.
    private static readonly SearchValues<char> Plain = Range('\u0001', '\uD7FF');
    private static readonly SearchValues<char> Surrogates = Range('\uD800', '\uDFFF');

    /// <summary>The text itself where it is fine, else a copy with U+FFFD for each character that is not.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text)
    {
        return text is null || IsStorable(text) ? text : string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                if (i + 1 < source.Length && char.IsSurrogatePair(source[i], source[i + 1]))
                {
                    target[i] = source[i];
                    target[i + 1] = source[++i];
                }
                else
                {
                    target[i] = source[i] == '\0' || char.IsSurrogate(source[i]) ? Replacement : source[i];
                }
            }
        });
    }

    /// <summary>Whether the text is storable as it is.</summary>
    public static bool IsStorable(string text)
    {
        var rest = text.AsSpan();
        if (!rest.ContainsAnyExcept(Plain))
        {
            return true;
        }

        if (rest.Contains('\0'))
        {
            return false;
        }

        while (rest.IndexOfAny(Surrogates) is var index && index >= 0)
        {
            if (index + 1 >= rest.Length || !char.IsSurrogatePair(rest[index], rest[index + 1]))
            {
                return false;
            }

            rest = rest[(index + 2)..];
        }

        return true;
    }

    private static SearchValues<char> Range(char first, char last) =>
        SearchValues.Create([.. Enumerable.Range(first, last - first + 1).Select(code => (char)code)]);
}
