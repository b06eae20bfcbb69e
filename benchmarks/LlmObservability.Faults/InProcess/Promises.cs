using System.Buffers;
using System.Text;
using LlmObservability.Sinks;

namespace LlmObservability.Faults.InProcess;

/// <summary>What calls in this process were promised, in the order of their returns, and how it compares with a store. Thread-safe.</summary>
internal sealed class Promises
{
    private readonly object _gate = new();
    private readonly Dictionary<Guid, string> _made = [];
    private readonly List<Guid> _returned = [];
    private bool _isClosed;

    public Promises()
    {
    }

    /// <summary>Knows what was recorded before, and promises none of it.</summary>
    public Promises(Promises before)
    {
        ArgumentNullException.ThrowIfNull(before);
        lock (before._gate)
        {
            _made = new Dictionary<Guid, string>(before._made);
        }
    }

    /// <summary>How many calls were recorded, those before included.</summary>
    public int Made
    {
        get
        {
            lock (_gate)
            {
                return _made.Count;
            }
        }
    }

    /// <summary>How many calls have returned so far.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _returned.Count;
            }
        }
    }

    /// <summary>Nothing that returns from here on was promised to anybody: the process is gone.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }

        set
        {
            lock (_gate)
            {
                _isClosed = value;
            }
        }
    }

    /// <summary>A call has returned.</summary>
    public void Add(LlmCall call)
    {
        lock (_gate)
        {
            _made[call.Id] = TextOf(call);
            if (!_isClosed)
            {
                _returned.Add(call.Id);
            }
        }
    }

    /// <summary>The calls that were promised and are not there, by the order of their returns.</summary>
    public IReadOnlyList<int> LostIn(MemoryStore store)
    {
        var stored = store.Rows.Select(row => row.CallId).ToHashSet();
        lock (_gate)
        {
            return [.. Enumerable.Range(0, _returned.Count).Where(index => !stored.Contains(_returned[index]))];
        }
    }

    /// <summary>Counts what is there twice, what differs from what was recorded, and what nobody heard the end of.</summary>
    public (int Duplicated, int Wrong, int Unknown) Check(MemoryStore store)
    {
        var seen = new HashSet<Guid>();
        var (duplicated, wrong, unknown) = (0, 0, 0);
        lock (_gate)
        {
            foreach (var row in store.Rows)
            {
                duplicated += seen.Add(row.CallId) ? 0 : 1;
                if (!_made.TryGetValue(row.CallId, out var text))
                {
                    unknown++;
                }
                else if (row is not LlmCallEnvelope call || text != TextOf(call.Call))
                {
                    wrong++;
                }
            }
        }

        return (duplicated, wrong, unknown);
    }

    private static string TextOf(LlmCall call)
    {
        var text = new ArrayBufferWriter<byte>();
        LlmEnvelopeSerializer.Serialize(text, new LlmCallEnvelope(call));
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
