namespace Replay.Tests;

/// <summary>A trace in a temporary file, gone when disposed.</summary>
internal sealed class TraceFile : IDisposable
{
    public TraceFile(params string[] lines)
    {
        File.WriteAllLines(Path, lines);
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"replay-{Guid.NewGuid():N}.csv");

    public void Dispose() => File.Delete(Path);
}
