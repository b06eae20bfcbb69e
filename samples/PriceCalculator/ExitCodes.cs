namespace PriceCalculator;

/// <summary>How the program ends.</summary>
internal static class ExitCodes
{
    /// <summary>The cost is known; every case matched.</summary>
    public const int Good = 0;

    /// <summary>The cost is not known; a case failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong arguments, or a file that cannot be read.</summary>
    public const int BadInput = 2;
}
