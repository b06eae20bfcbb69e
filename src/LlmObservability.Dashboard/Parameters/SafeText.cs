namespace LlmObservability.Dashboard.Parameters;

/// <summary>A piece of a request as an answer may repeat it: short, and without characters that steer whoever shows it.</summary>
internal static class SafeText
{
    private const int MostCharacters = 80;

    public static string Of(string text)
    {
        var cut = text.Length <= MostCharacters ? text : text[..MostCharacters] + "…";
        return string.Create(cut.Length, cut, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = IsPlain(source[i]) ? source[i] : '\uFFFD';
            }
        });
    }

    /// <summary>Whether a character only stands for itself: no control character, no mark of direction, no half of a pair.</summary>
    public static bool IsPlain(char character) => char.GetUnicodeCategory(character)
        is not (System.Globalization.UnicodeCategory.Control
            or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator
            or System.Globalization.UnicodeCategory.ParagraphSeparator
            or System.Globalization.UnicodeCategory.Surrogate);
}
