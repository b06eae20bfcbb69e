namespace LlmObservability.Segments;

/// <summary>A directory on disk.</summary>
internal sealed class DiskSegmentFiles(string directory) : ISegmentFiles
{
    private const string LockName = "log.lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Location { get; } = Path.GetFullPath(directory);

    public long FreeBytes => new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Location)! : Location).AvailableFreeSpace;

    public IDisposable Lock()
    {
        CreateDirectory();
        try
        {
            return new FileStream(PathOf(LockName), Access(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new SegmentsLockedException(Location, error);
        }
    }

    public IReadOnlyList<string> List() => [.. Directory.EnumerateFiles(Location).Select(path => Path.GetFileName(path))];

    public ISegmentFile Create(string name) => Open(name, FileMode.CreateNew);

    public ISegmentFile Open(string name) => Open(name, FileMode.Open);

    public void Rename(string from, string to) => File.Move(PathOf(from), PathOf(to), overwrite: true);

    public void Delete(string name) => File.Delete(PathOf(name));

    public void FlushDirectory() => Flush(Location);

    private static void Flush(string directory)
    {
        // Windows has no such call for an ordinary handle; NTFS keeps entries in order by its own journal.
        if (!OperatingSystem.IsWindows())
        {
            using var handle = NativeMethods.OpenDirectory(directory);
            RandomAccess.FlushToDisk(handle);
        }
    }

    /// <summary>Makes the directory, and makes its own entry last.</summary>
    private void CreateDirectory()
    {
        var missing = new List<string>();
        for (var path = Location; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
        {
            missing.Add(path);
        }

        if (missing.Count == 0)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Location);
        }
        else
        {
            Directory.CreateDirectory(Location, OwnerOnly | UnixFileMode.UserExecute);
        }

        missing.ForEach(path => Flush(Path.GetDirectoryName(path)!));
    }

    private DiskSegmentFile Open(string name, FileMode mode) =>
        new(new FileStream(PathOf(name), Access(mode, FileShare.ReadWrite | FileShare.Delete)));

    private string PathOf(string name) => Path.Combine(Location, name);

    private static FileStreamOptions Access(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    // EWOULDBLOCK of flock (Linux, then macOS and BSD); a sharing or lock violation on Windows.
    private static bool IsHeld(IOException error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) is 32 or 33 : error.HResult is 11 or 35;
}
