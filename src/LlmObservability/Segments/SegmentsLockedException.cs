namespace LlmObservability.Segments;

/// <summary>Another process, or another part of this one, has the log open.</summary>
internal sealed class SegmentsLockedException : IOException
{
    public SegmentsLockedException(string location, Exception? inner)
        : base(
            $"The directory '{location}' is in use by another process, or twice in this one. One process at a time may write to it: " +
            "give each process (replica, worker, test) a directory of its own, or end the other one first.",
            inner)
    {
    }
}
