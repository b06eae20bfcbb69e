namespace LlmObservability;

/// <summary>
/// The cost of one call in nano-dollars (1 USD = 1,000,000,000), as whole numbers: exact, and safe to add.
/// The parts always add up to <see cref="TotalNanos"/>.
/// </summary>
public readonly record struct LlmCost
{
    /// <summary>Nano-dollars in a dollar.</summary>
    public const long NanosPerUsd = 1_000_000_000;

    /// <summary>Input that was not read from a cache (cache writes included).</summary>
    public long InputNanos { get; init; }

    /// <summary>Input read from a cache.</summary>
    public long CachedInputNanos { get; init; }

    /// <summary>Output, reasoning included.</summary>
    public long OutputNanos { get; init; }

    /// <summary>Fees per request or search.</summary>
    public long FeesNanos { get; init; }

    /// <summary>The sum of the four parts.</summary>
    public long TotalNanos => InputNanos + CachedInputNanos + OutputNanos + FeesNanos;

    /// <summary><see cref="TotalNanos"/> in US dollars, exact.</summary>
    public decimal TotalUsd => ToUsd(TotalNanos);

    /// <summary><see cref="TotalNanos"/> in whole micro-dollars, rounded half-even. Add nano-dollars, and round the sum: most calls are not whole micro-dollars.</summary>
    public long TotalMicros => ToMicros(TotalNanos);

    /// <summary>Nano-dollars in whole micro-dollars, rounded half-even.</summary>
    public static long ToMicros(long nanos)
    {
        var (whole, rest) = Math.DivRem(nanos, 1_000);
        var size = Math.Abs(rest);
        return size > 500 || (size == 500 && (whole & 1) != 0) ? whole + Math.Sign(rest) : whole;
    }

    /// <summary>Nano-dollars as US dollars, exact, without trailing zeros.</summary>
    public static decimal ToUsd(long nanos)
    {
        // Dividing by a scaled one drops the trailing zeros that a decimal otherwise keeps.
        return nanos / (decimal)NanosPerUsd / 1.0000000000000000000000000000m;
    }
}
