using System.Globalization;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>
/// The names that a regular expression stands for, as the catalog's patterns: literals, <c>\d</c>, <c>\d{n}</c>, <c>.*</c>,
/// groups and classes of alternatives, an optional character or group, anchors. Anything else cannot be expressed.
/// </summary>
internal sealed class RegexNames
{
    // More than this is no name but a language.
    private const int MaxNames = 32;
    private const int MaxDigits = 32;

    private readonly string _regex;
    private int _at;

    private RegexNames(string regex) => _regex = regex;

    /// <summary>The patterns; null when there are none that match the very same names.</summary>
    public static IReadOnlyList<string>? Expand(string regex)
    {
        var reader = new RegexNames(regex);
        var start = reader.Take("^") ? "" : "*";
        var names = reader.Alternatives(atTop: true);
        if (names is null)
        {
            return null;
        }

        var end = reader.Take("$") ? "" : "*";
        return reader._at < regex.Length ? null : [.. names.Select(n => start + n + end).Distinct()];
    }

    private bool Take(string text)
    {
        if (string.CompareOrdinal(_regex, _at, text, 0, text.Length) != 0)
        {
            return false;
        }

        _at += text.Length;
        return true;
    }

    private List<string>? Alternatives(bool atTop)
    {
        var all = new List<string>();
        do
        {
            if (Sequence() is not { } names)
            {
                return null;
            }

            all.AddRange(names);
        }
        while (!atTop && Take("|"));

        // At the top, an alternative would need anchors of its own.
        return all.Count > MaxNames ? null : all;
    }

    private List<string>? Sequence()
    {
        List<string> names = [""];
        while (_at < _regex.Length && _regex[_at] is not ('|' or ')' or '$'))
        {
            if (Piece() is not { } piece)
            {
                return null;
            }

            if (Take("?"))
            {
                piece.Add("");
            }

            names = [.. names.SelectMany(n => piece.Select(p => n + p))];
            if (names.Count > MaxNames)
            {
                return null;
            }
        }

        return names;
    }

    private List<string>? Piece()
    {
        if (Take(".*"))
        {
            return ["*"];
        }

        if (Take("(?:"))
        {
            return Alternatives(atTop: false) is { } names && Take(")") ? names : null;
        }

        return Take("\\d") ? Digits() : _regex[_at] == '[' ? Class() : Literal();
    }

    private List<string>? Digits()
    {
        if (!Take("{"))
        {
            return ["#"];
        }

        var end = _regex.IndexOf('}', _at);
        if (end < 0 || !int.TryParse(_regex.AsSpan(_at, end - _at), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > MaxDigits)
        {
            return null;
        }

        _at = end + 1;
        return [new string('#', count)];
    }

    private List<string>? Class()
    {
        var end = _regex.IndexOf(']', _at);
        var members = end < 0 ? "" : _regex[(_at + 1)..end];
        if (members.Length == 0 || !members.All(char.IsLetterOrDigit))
        {
            return members == "0-9" ? Skip(end, ["#"]) : null;
        }

        return Skip(end, [.. members.Select(m => m.ToString())]);
    }

    private List<string> Skip(int end, List<string> names)
    {
        _at = end + 1;
        return names;
    }

    private List<string>? Literal()
    {
        var escaped = Take("\\");
        if (_at >= _regex.Length)
        {
            return null;
        }

        var c = _regex[_at++];
        var isLiteral = escaped ? !char.IsLetterOrDigit(c) : !@".^$|?*+()[]{}".Contains(c, StringComparison.Ordinal);
        return isLiteral && c is not ('*' or '#') ? [c.ToString()] : null;
    }
}
