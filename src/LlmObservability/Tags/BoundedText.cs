namespace LlmObservability.Tags;

/// <summary>Cuts text to a bound, never through a surrogate pair, and makes it storable.</summary>
internal static class BoundedText
{
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

        var clean = StorableText.Clean(text);
        replaced = !ReferenceEquals(clean, text);
        return clean;
    }
}
