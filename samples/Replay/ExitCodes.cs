namespace Replay;

/// <summary>How the program ends.</summary>
internal static class ExitCodes
{
    /// <summary>What was stored equals what was sent.</summary>
    public const int Equal = 0;

    /// <summary>It does not.</summary>
    public const int NotEqual = 1;

    /// <summary>Wrong arguments, or a trace that cannot be read.</summary>
    public const int BadInput = 2;

    /// <summary>The database cannot be used.</summary>
    public const int Database = 3;

    /// <summary>Stopped from the keyboard.</summary>
    public const int Stopped = 130;
}
