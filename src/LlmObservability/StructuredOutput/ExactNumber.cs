using System.Globalization;
using System.Numerics;
using System.Text;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// A JSON number by its digits, so that it is neither rounded nor too large: the sign, then
/// <c>0.d1d2d3… × 10^Scale</c> without zeros at either end. Exponents beyond 10^17 count as 10^17.
/// </summary>
internal readonly ref struct ExactNumber
{
    private const long MaxExponent = 100_000_000_000_000_000;
    private const int FastDigits = 18;

    private readonly ReadOnlySpan<byte> _whole;
    private readonly ReadOnlySpan<byte> _fraction;
    private readonly int _skipped;

    /// <param name="text">A number as JSON writes it; not checked again.</param>
    internal ExactNumber(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == '-';
        var mantissa = negative ? text[1..] : text;
        var e = mantissa.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0L;
        if (e >= 0)
        {
            exponent = Exponent(mantissa[(e + 1)..]);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf((byte)'.');
        _whole = point < 0 ? mantissa : mantissa[..point];
        _fraction = point < 0 ? [] : mantissa[(point + 1)..].TrimEnd((byte)'0');
        // The scale counts from the point, so what is cut off below must not move it.
        exponent += _whole.Length;
        if (_fraction.IsEmpty)
        {
            _whole = _whole.TrimEnd((byte)'0');
        }

        _skipped = _whole.IndexOfAnyExcept((byte)'0');
        if (_skipped < 0)
        {
            var zeros = _fraction.IndexOfAnyExcept((byte)'0');
            _skipped = _whole.Length + Math.Max(zeros, 0);
        }

        Digits = _whole.Length + _fraction.Length - _skipped;
        Scale = Digits == 0 ? 0 : exponent - _skipped;
        Sign = Digits == 0 ? 0 : negative ? -1 : 1;
    }

    /// <summary>How many digits are significant; none of zero.</summary>
    internal int Digits { get; }

    internal long Scale { get; }

    internal int Sign { get; }

    internal bool IsWhole => Digits <= Scale || Digits == 0;

    private byte this[int index]
    {
        get
        {
            index += _skipped;
            return index < _whole.Length ? _whole[index] : _fraction[index - _whole.Length];
        }
    }

    /// <summary>The value of a whole number that is not negative; what is larger counts as the largest.</summary>
    internal int ToCount()
    {
        var value = 0L;
        for (var i = 0; i < Scale && value <= int.MaxValue && Digits > 0; i++)
        {
            value = (value * 10) + (i < Digits ? this[i] - '0' : 0);
        }

        return (int)Math.Min(value, int.MaxValue);
    }

    internal int CompareTo(ExactNumber other)
    {
        if (Sign != other.Sign)
        {
            return Sign.CompareTo(other.Sign);
        }

        return Sign * CompareSizes(other);
    }

    /// <summary>Whether this is a whole multiple of another number, which is not zero. Exact for any exponents.</summary>
    internal bool IsMultipleOf(ExactNumber divisor)
    {
        var shift = Scale - Digits - (divisor.Scale - divisor.Digits);
        if (Digits == 0)
        {
            return true;
        }

        if (shift < 0)
        {
            // The last digit is not zero, so no power of ten divides the digits.
            return false;
        }

        if (Digits <= FastDigits && divisor.Digits <= FastDigits && shift <= FastDigits)
        {
            UInt128 value = Small();
            for (var i = 0; i < shift; i++)
            {
                value *= 10;
            }

            return value % divisor.Small() == 0;
        }

        var modulus = divisor.Large();
        return (Large() * BigInteger.ModPow(10, shift, modulus) % modulus).IsZero;
    }

    /// <summary>The same for equal numbers, however they are written.</summary>
    internal int Hash()
    {
        var hash = new HashCode();
        hash.Add(Sign);
        hash.Add(Scale);
        for (var i = 0; i < Digits; i++)
        {
            hash.Add(this[i]);
        }

        return hash.ToHashCode();
    }

    private static long Exponent(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == '-';
        var exponent = 0L;
        foreach (var c in text[0] is (byte)'-' or (byte)'+' ? text[1..] : text)
        {
            exponent = Math.Min((exponent * 10) + (c - '0'), MaxExponent);
        }

        return negative ? -exponent : exponent;
    }

    private int CompareSizes(ExactNumber other)
    {
        if (Scale != other.Scale)
        {
            return Scale.CompareTo(other.Scale);
        }

        for (var i = 0; i < Digits && i < other.Digits; i++)
        {
            if (this[i] != other[i])
            {
                return this[i].CompareTo(other[i]);
            }
        }

        return Digits.CompareTo(other.Digits);
    }

    private ulong Small()
    {
        var value = 0UL;
        for (var i = 0; i < Digits; i++)
        {
            value = (value * 10) + (ulong)(this[i] - '0');
        }

        return value;
    }

    private BigInteger Large()
    {
        var text = new StringBuilder(Digits);
        for (var i = 0; i < Digits; i++)
        {
            text.Append((char)this[i]);
        }

        return BigInteger.Parse(text.ToString(), CultureInfo.InvariantCulture);
    }
}
