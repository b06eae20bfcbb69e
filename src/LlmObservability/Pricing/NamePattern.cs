namespace LlmObservability.Pricing;

/// <summary>A name with wildcards, compared without case: <c>*</c> is any text, <c>#</c> is one digit.</summary>
internal sealed class NamePattern
{
    private static readonly System.Buffers.SearchValues<char> Wildcards = System.Buffers.SearchValues.Create("*#");

    private readonly string _text;

    internal NamePattern(string text)
    {
        _text = text.ToUpperInvariant();
        foreach (var c in text)
        {
            Literals += c is '*' or '#' ? 0 : 1;
        }
    }

    /// <summary>How many characters are not wildcards: of two patterns that match, the one with more is closer.</summary>
    internal int Literals { get; }

    internal static bool HasWildcard(string text) => text.AsSpan().ContainsAny(Wildcards);

    internal bool IsMatch(string name)
    {
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < _text.Length && _text[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < _text.Length && IsMatch(_text[p], name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < _text.Length && _text[p] == '*')
        {
            p++;
        }

        return p == _text.Length;
    }

    private static bool IsMatch(char pattern, char c)
    {
        return pattern == '#' ? char.IsAsciiDigit(c) : pattern == char.ToUpperInvariant(c);
    }
}
