using System.Globalization;
using System.Text;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// A pattern of ECMA-262 as .NET's dialect writes it. There <c>\d</c>, <c>\w</c>, <c>\s</c>, <c>.</c> and <c>$</c> mean
/// other characters, so they are spelled out. What has no counterpart is not translated.
/// </summary>
internal sealed class EcmaTranslation
{
    // .NET unrolls counted repetitions: those of groups, and those in them, multiply into automata that take seconds to build.
    private const int MaxRepetitions = 1_000;
    private const int MaxGroupRepetitions = 32;
    private const string Digits = "0-9";
    private const string OtherThanDigits = @"\x00-\x2F\x3A-\uFFFF";
    private const string Letters = "0-9A-Z_a-z";
    private const string OtherThanLetters = @"\x00-\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\uFFFF";
    private const string Spaces = @"\x09-\x0D\x20\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF";
    private const string OtherThanSpaces = @"\x00-\x08\x0E-\x1F\x21-\x9F\xA1-\u167F\u1681-\u1FFF\u200B-\u2027\u202A-\u202E"
        + @"\u2030-\u205E\u2060-\u2FFF\u3001-\uFEFE\uFF00-\uFFFF";

    private readonly StringBuilder _translated = new();
    private readonly string _pattern;
    // For each open group, how often what is in it is unrolled at most.
    private readonly Stack<int> _unrolled = new([1]);
    private int _at;
    private int _last = 1;
    private bool _isLastGroup;
    private int _repetitions;
    private int _groupRepetitions;

    private EcmaTranslation(string pattern) => _pattern = pattern;

    internal string Pattern => _translated.ToString();

    /// <summary>
    /// Whether it holds for texts of the basic plane alone: .NET takes a character beyond it for two, which shows where a
    /// part of the pattern stands for any character but some.
    /// </summary>
    internal bool IsForBasicPlane { get; private set; }

    /// <summary>The translation of a pattern; null when it has none.</summary>
    internal static EcmaTranslation? Of(string pattern)
    {
        var translation = new EcmaTranslation(pattern);
        while (translation._at < pattern.Length)
        {
            if (!translation.Next())
            {
                return null;
            }
        }

        return translation;
    }

    private bool Next()
    {
        var c = _pattern[_at++];
        if (c is not ('{' or '}'))
        {
            (_last, _isLastGroup) = (1, false);
        }

        return c switch
        {
            '\\' => Escape(isInSet: false),
            '[' => Set(),
            '(' => Group(),
            ')' => EndGroup(),
            '{' => Repetition(),
            '*' or '+' or '?' or '}' or '|' => Write(c.ToString()),
            '.' => AnyBut(@"\n\r\u2028\u2029"),
            '$' => Write(@"\z"),
            _ => Literal(c),
        };
    }

    private bool Write(string text)
    {
        _translated.Append(text);
        return true;
    }

    private bool AnyBut(string set)
    {
        IsForBasicPlane = true;
        return Write($"[^{set}]");
    }

    private bool Literal(char c)
    {
        if (char.IsHighSurrogate(c) && _at < _pattern.Length && char.IsLowSurrogate(_pattern[_at]))
        {
            // A repetition after it is of the whole character.
            return Write($"(?:{c}{_pattern[_at++]})");
        }

        return !char.IsSurrogate(c) && Write(c.ToString());
    }

    private bool Group()
    {
        _unrolled.Push(1);
        if (!Take('?') || Take(':'))
        {
            return Write("(?:");
        }

        // A name is of use to back references alone; (?<= and (?<! look behind.
        var end = Take('<') ? _pattern.IndexOf('>', _at) : -1;
        if (end < 0 || _pattern[_at] is '=' or '!')
        {
            return false;
        }

        _at = end + 1;
        return Write("(?:");
    }

    private bool EndGroup()
    {
        _isLastGroup = true;
        _last = _unrolled.Pop();
        return _unrolled.Count > 0 && Unroll(_last) && Write(")");
    }

    private bool Repetition()
    {
        Write("{");
        int most = 0, number = 0;
        while (_at < _pattern.Length && (char.IsAsciiDigit(_pattern[_at]) || _pattern[_at] == ','))
        {
            var c = _pattern[_at++];
            number = c == ',' ? 0 : Math.Min((number * 10) + c - '0', MaxRepetitions + 1);
            most = Math.Max(most, number);
            _translated.Append(c);
        }

        if (!_isLastGroup)
        {
            _repetitions += most;
            return _repetitions <= MaxRepetitions && Unroll(most);
        }

        _groupRepetitions += most * _last;
        return _groupRepetitions <= MaxGroupRepetitions && Unroll(most * _last);
    }

    private bool Unroll(int repetitions)
    {
        _unrolled.Push(Math.Max(_unrolled.Pop(), repetitions));
        return true;
    }

    private bool Set()
    {
        var isNegated = Take('^');
        IsForBasicPlane |= isNegated;
        Write(isNegated ? "[^" : "[");
        if (_at < _pattern.Length && _pattern[_at] == ']')
        {
            return false;
        }

        var wasSet = false;
        for (var start = _at; _at < _pattern.Length;)
        {
            var c = _pattern[_at++];
            switch (c)
            {
                case ']':
                    return Write("]");
                case '\\':
                    var isSet = _at < _pattern.Length && _pattern[_at] is 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P';
                    if ((isSet && _at - 2 > start && _pattern[_at - 2] == '-') || !Escape(isInSet: true))
                    {
                        return false;
                    }

                    wasSet = isSet;
                    break;
                case '-' when wasSet && _at < _pattern.Length && _pattern[_at] != ']':
                    return false;
                case '[':
                    Write(@"\[");
                    wasSet = false;
                    break;
                default:
                    if (char.IsSurrogate(c))
                    {
                        return false;
                    }

                    _translated.Append(c);
                    wasSet = false;
                    break;
            }
        }

        return false;
    }

    private bool Escape(bool isInSet)
    {
        if (_at == _pattern.Length)
        {
            return false;
        }

        var c = _pattern[_at++];
        switch (c)
        {
            case 'd':
                return Write(isInSet ? Digits : $"[{Digits}]");
            case 'w':
                return Write(isInSet ? Letters : $"[{Letters}]");
            case 's':
                return Write(isInSet ? Spaces : $"[{Spaces}]");
            case 'D':
                return OtherThan(Digits, OtherThanDigits, isInSet);
            case 'W':
                return OtherThan(Letters, OtherThanLetters, isInSet);
            case 'S':
                return OtherThan(Spaces, OtherThanSpaces, isInSet);
            case 'b' when isInSet:
                return Write(@"\x08");
            case 'n' or 'r' or 't' or 'v' or 'f':
                return Write($@"\{c}");
            case '0' when _at == _pattern.Length || !char.IsAsciiDigit(_pattern[_at]):
                return Write(@"\x00");
            case 'x':
                return CodeUnit(2);
            case 'u':
                return CodeUnit(4);
            case 'p' or 'P':
                return Category(c);
            default:
                return char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && Write(CodeUnitOf(c));
        }
    }

    private bool OtherThan(string set, string others, bool isInSet)
    {
        IsForBasicPlane = true;
        return Write(isInSet ? others : $"[^{set}]");
    }

    private bool CodeUnit(int digits)
    {
        if (_at + digits > _pattern.Length
            || !ushort.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            || char.IsSurrogate((char)unit))
        {
            return false;
        }

        _at += digits;
        return Write(CodeUnitOf((char)unit));
    }

    // The general categories have the same short names in both; scripts and long names are not known here.
    private bool Category(char letter)
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0 || end - _at is not (2 or 3) || _pattern[_at] != '{' || !char.IsAsciiLetterUpper(_pattern[_at + 1]))
        {
            return false;
        }

        IsForBasicPlane = true;
        Write($@"\{letter}{_pattern.AsSpan(_at, end + 1 - _at)}");
        _at = end + 1;
        return true;
    }

    private bool Take(char c)
    {
        if (_at == _pattern.Length || _pattern[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private static string CodeUnitOf(char c) => $@"\u{(int)c:X4}";
}
