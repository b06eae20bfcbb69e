namespace LlmObservability.Tags;

/// <summary>Cuts text to a bound and makes it storable anywhere: no NUL, no half of a surrogate pair.</summary>
internal static class BoundedText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The longest text taken from a provider: model names, response ids, finish reasons.</summary>
    public const int MaxProviderText = 256;

    public static string? Clean(string? text) => text is null ? null : Clean(text, MaxProviderText, out _, out _);

    public static string Clean(string text, int maxLength, out bool cut, out bool replaced)
    {
        cut = text.Length > maxLength;
        if (cut)
        {
            text = text[..(char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];
        }

        replaced = text.Contains('\0', StringComparison.Ordinal)
            || (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 && HasLoneSurrogate(text));
        return replaced ? Replace(text) : text;
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsPair(text, i))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static string Replace(string text)
    {
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                if (IsPair(source, i))
                {
                    span[i] = source[i];
                    span[i + 1] = source[i + 1];
                    i++;
                }
                else
                {
                    span[i] = source[i] == '\0' || char.IsSurrogate(source[i]) ? Replacement : source[i];
                }
            }
        });
    }

    private static bool IsPair(string text, int index) =>
        index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]);
}
