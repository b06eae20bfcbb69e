namespace LlmObservability.Segments;

/// <summary>How a log is written.</summary>
internal sealed record SegmentOptions
{
    /// <summary>A segment is rolled before it grows beyond this. Bytes; default 16 MiB. A record that is larger has a segment of its own.</summary>
    public int SegmentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>A segment with records is rolled at the first flush after this time, so that a bound in age can apply. Default 1 hour.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory for records that are not written or not confirmed. Bytes; default 32 MiB. Beyond it records are refused.</summary>
    public int MaxBufferedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>A flush that need not reach the disk does so once records take this much memory that were written without it. Bytes; default 4 MiB.</summary>
    public int MaxUnconfirmedBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Records go to the file in blocks of about this size. Bytes; default 64 KiB.</summary>
    public int BlockBytes { get; init; } = 64 * 1024;
}
