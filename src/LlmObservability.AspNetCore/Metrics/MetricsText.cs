namespace LlmObservability.AspNetCore.Metrics;

/// <summary>All metrics as text, as they were at one time; shared by those who read it at once. Thread-safe.</summary>
/// <param name="body">The text.</param>
/// <param name="renderedAt">When, as the clock's timestamp.</param>
internal sealed class MetricsText(ReadOnlyMemory<byte> body, long renderedAt)
{
    private int _readers;

    public ReadOnlyMemory<byte> Body => body;

    public long RenderedAt => renderedAt;

    /// <summary>Whether somebody is still being sent it.</summary>
    public bool IsRead => Volatile.Read(ref _readers) > 0;

    public void Begin() => Interlocked.Increment(ref _readers);

    /// <summary>True for the last one.</summary>
    public bool End() => Interlocked.Decrement(ref _readers) == 0;
}
