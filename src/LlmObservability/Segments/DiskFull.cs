namespace LlmObservability.Segments;

/// <summary>Tells an error that passes when there is room again.</summary>
internal static class DiskFull
{
    private const int HandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>ENOSPC, which is the same on every Unix.</summary>
    public const int NoSpace = 28;

    public static bool Is(Exception error) => error is IOException && error.HResult is NoSpace or HandleDiskFull or WindowsDiskFull;
}
