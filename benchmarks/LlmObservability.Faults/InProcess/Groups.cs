using LlmObservability.Segments;

namespace LlmObservability.Faults.InProcess;

/// <summary>
/// What the log's groups must hold, from their flushes alone. A group is gathered once the flush before it has ended, so
/// whatever had returned by then is in it or earlier; one group has at most two flushes of records, where a segment ends
/// within it.
/// </summary>
internal sealed class Groups(Promises promises)
{
    private const int FlushesBack = 3;

    private readonly Queue<int> _returned = new();

    /// <summary>So many of those that returned first are on disk.</summary>
    public int SafeCount { get; private set; }

    /// <summary>A file was flushed. Called with the file layer's lock held.</summary>
    public void Flushed(string name, long length)
    {
        if (promises.IsClosed || !name.EndsWith(".seg", StringComparison.Ordinal) || length <= SegmentFormat.HeaderBytes)
        {
            return;
        }

        _returned.Enqueue(promises.Count);
        if (_returned.Count > FlushesBack)
        {
            SafeCount = _returned.Dequeue();
        }
    }
}
