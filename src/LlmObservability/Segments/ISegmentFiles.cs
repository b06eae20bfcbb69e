namespace LlmObservability.Segments;

/// <summary>
/// One directory, as a log uses it. Every member throws <see cref="IOException"/> or
/// <see cref="UnauthorizedAccessException"/> when the file system refuses. Thread-safe.
/// </summary>
internal interface ISegmentFiles
{
    /// <summary>The directory's path, for messages.</summary>
    string Location { get; }

    /// <summary>Bytes that this user may still write here.</summary>
    long FreeBytes { get; }

    /// <summary>Makes the directory if need be, and holds it against every other process and opening until disposed.</summary>
    /// <exception cref="SegmentsLockedException">Somebody else holds it.</exception>
    IDisposable Lock();

    /// <summary>Names of the files, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Creates a file that must not exist; for its owner only.</summary>
    ISegmentFile Create(string name);

    /// <summary>Opens a file for reading and writing.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    ISegmentFile Open(string name);

    /// <summary>Renames a file, over one that has the new name.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; no error when there is none.</summary>
    void Delete(string name);

    /// <summary>Returns when what was created, renamed and deleted so far survives a loss of power.</summary>
    void FlushDirectory();
}
