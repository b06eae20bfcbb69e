using LlmObservability.Segments;

namespace LlmObservability.Faults.InProcess;

/// <summary>
/// What the log's groups must hold, from their flushes alone. What had returned when a flush ended is in the next group, or in
/// the one after it where that one was gathered already; and one more stands for a pump that just looked away.
/// </summary>
/// <param name="promises">What was promised.</param>
/// <param name="flushesAGroup">How many flushes of records a group has at most: more than one where segments end within it.</param>
internal sealed class Groups(Promises promises, int flushesAGroup)
{
    private const int GroupsBack = 3;

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
        if (_returned.Count > GroupsBack * flushesAGroup)
        {
            SafeCount = _returned.Dequeue();
        }
    }
}
