namespace LlmObservability.Files;

/// <summary>
/// When records were written, told by marks that are some time apart: how far a log has come by a time. Times are microseconds
/// since 1970, and never go back. For one thread at a time.
/// </summary>
internal sealed class WriteTimes(long resolution)
{
    private readonly Queue<Mark> _ended = new();
    private Mark? _last;
    private long _begun;

    public void Note(long writtenAt, long position)
    {
        if (_last is { } last)
        {
            writtenAt = Math.Max(writtenAt, last.WrittenAt);
            if (writtenAt - _begun < resolution)
            {
                _last = new Mark(writtenAt, position);
                return;
            }

            _ended.Enqueue(last);
        }

        _begun = writtenAt;
        _last = new Mark(writtenAt, position);
    }

    /// <summary>Forgets what was written before a time.</summary>
    /// <returns>The last position of that; 0 when there is none.</returns>
    public long PassedBy(long time)
    {
        var position = 0L;
        while (_ended.TryPeek(out var oldest) && oldest.WrittenAt < time)
        {
            position = _ended.Dequeue().Position;
        }

        if (_ended.Count == 0 && _last is { } last && last.WrittenAt < time)
        {
            position = last.Position;
            _last = null;
        }

        return position;
    }

    private readonly record struct Mark(long WrittenAt, long Position);
}
