using System.Numerics;

namespace LlmObservability.Postgres;

/// <summary>
/// Sums that stay at the greatest (or least) value instead of beginning anew at the other end, and never throw: rows whose sum cannot be
/// told must not hold up the folding of all others.
/// </summary>
internal static class Saturating
{
    public static T Add<T>(T one, T other)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var sum = unchecked(one + other);
        return T.IsNegative(one) != T.IsNegative(other) || T.IsNegative(sum) == T.IsNegative(one) ? sum
            : T.IsNegative(one) ? T.MinValue : T.MaxValue;
    }

    /// <summary>Adds a value, or takes it back.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="value">The value.</param>
    /// <param name="times">1 or -1.</param>
    public static long Add(long sum, long value, int times) =>
        Add(sum, times > 0 ? value : value == long.MinValue ? long.MaxValue : -value);
}
