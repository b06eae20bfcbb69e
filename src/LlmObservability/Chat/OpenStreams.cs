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
        lock (_gate)
        {
            _closed = true;
        }

        // One by one: consumers and listeners end streams of their own meanwhile, and each end changes the list.
        while (Volatile.Read(ref _first) is { } stream)
        {
            Remove(stream);
            stream.Leave(CancellationToken.None, out _);
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
        try
        {
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
        }
        catch (Exception)
        {
            // The application's clock failed; the next sweep looks again.
            return;
        }

        foreach (var stream in forgotten ?? [])
        {
            Remove(stream);
            if (stream.Leave(CancellationToken.None, out _))
            {
                _forgotten();
            }
        }
    }
}
