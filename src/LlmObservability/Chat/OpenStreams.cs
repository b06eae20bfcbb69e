namespace LlmObservability.Chat;

/// <summary>
/// The streams that began and did not end, swept for those whose consumer went away without disposing. The list runs
/// through the streams themselves, so that standing in it allocates nothing. Thread-safe.
/// </summary>
internal sealed class OpenStreams : IDisposable
{
    private readonly object _gate = new();
    private readonly TimeSpan _timeout;
    private readonly Action _forgotten;
    private readonly ITimer _sweep;
    private OpenStream? _first;
    private int _count;
    private bool _closed;

    public OpenStreams(TimeSpan timeout, TimeProvider time, Action forgotten)
    {
        _timeout = timeout;
        _forgotten = forgotten;
        var period = timeout / 4;
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _sweep = time.CreateTimer(static state => ((OpenStreams)state!).Sweep(), this, period, period);
    }

    public int Count => Volatile.Read(ref _count);

    public void Add(OpenStream stream)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            stream.Next = _first;
            if (_first is not null)
            {
                _first.Previous = stream;
            }

            _first = stream;
            _count++;
        }
    }

    public void Remove(OpenStream stream)
    {
        lock (_gate)
        {
            if (stream.Previous is null && !ReferenceEquals(_first, stream))
            {
                return;
            }

            if (stream.Previous is null)
            {
                _first = stream.Next;
            }
            else
            {
                stream.Previous.Next = stream.Next;
            }

            if (stream.Next is not null)
            {
                stream.Next.Previous = stream.Previous;
            }

            stream.Previous = null;
            stream.Next = null;
            _count--;
        }
    }

    /// <summary>Ends every open stream as abandoned: the application stops, and each call still is a record.</summary>
    public void EndAll()
    {
        OpenStream? stream;
        lock (_gate)
        {
            _closed = true;
            stream = _first;
            _first = null;
            _count = 0;
        }

        while (stream is not null)
        {
            var next = stream.Next;
            stream.Next = null;
            stream.Previous = null;
            stream.Leave(CancellationToken.None);
            stream = next;
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        EndAll();
    }

    private void Sweep()
    {
        List<OpenStream>? forgotten = null;
        lock (_gate)
        {
            for (var stream = _first; stream is not null; stream = stream.Next)
            {
                if (stream.IsForgotten(_timeout))
                {
                    (forgotten ??= []).Add(stream);
                }
            }
        }

        foreach (var stream in forgotten ?? [])
        {
            Remove(stream);
            if (stream.Leave(CancellationToken.None))
            {
                _forgotten();
            }
        }
    }
}
