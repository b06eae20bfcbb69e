using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>
/// The latest calls with all that belongs to them, and the numbers that were committed. Changed by one thread at a time, and read
/// beside that under its store's lock.
/// </summary>
internal sealed class CallWindow(int maxCalls)
{
    private readonly Dictionary<Guid, StoredCall> _byId = [];
    private readonly Queue<LlmCall> _byArrival = new();
    private readonly Dictionary<Guid, SequenceSet> _committed = [];
    private readonly HashSet<Guid> _repriced = [];

    public int Count => _byArrival.Count;

    /// <summary>How many calls made room for newer ones.</summary>
    public long Evicted { get; private set; }

    public LlmCall[] Snapshot() => _byArrival.ToArray();

    /// <summary>What the repriced calls cost.</summary>
    public Dictionary<Guid, LlmCost?> Repriced()
    {
        var costs = new Dictionary<Guid, LlmCost?>();
        foreach (var id in _repriced)
        {
            if (Find(id)?.Repricing is { } repricing)
            {
                costs.Add(id, repricing.Cost);
            }
        }

        return costs;
    }

    /// <summary>The tool calls of the calls that have any.</summary>
    public Dictionary<Guid, IReadOnlyList<LlmToolCall>> ToolCalls() =>
        _byId.Values.Where(call => call.ToolCalls.Count > 0).ToDictionary(call => call.Call.Id, call => call.ToolCalls);

    public StoredCall? Find(Guid id) => _byId.GetValueOrDefault(id);

    public bool IsCommitted(Guid writerId, long number) => _committed.TryGetValue(writerId, out var numbers) && numbers.Contains(number);

    /// <summary>Judges a batch from an envelope on, without changing anything; nobody else may write before it is kept or forgotten.</summary>
    public StagedWrite Stage(LlmBatch batch, int start = 0, Func<LlmEnvelope, long, Admission?>? admit = null)
    {
        var staged = new StagedWrite(this, batch);
        staged.Run(start, admit);
        return staged;
    }

    /// <summary>Brings in what was staged; the oldest calls make room once all of it is there.</summary>
    public void Keep(StagedWrite staged)
    {
        foreach (var changed in staged.Changed)
        {
            _byId[changed.Call.Id] = changed;
            Note(changed);
        }

        foreach (var arrived in staged.Arrived)
        {
            _byArrival.Enqueue(arrived.Call);
        }

        foreach (var (first, last) in staged.Numbers)
        {
            Commit(staged.WriterId, first, last);
        }

        Evict();
    }

    /// <summary>Takes numbers for committed.</summary>
    public void Commit(Guid writerId, long first, long last)
    {
        if (!_committed.TryGetValue(writerId, out var numbers))
        {
            _committed.Add(writerId, numbers = new SequenceSet());
        }

        numbers.Add(first, last);
    }

    /// <summary>Brings back an envelope that was kept before, unless it is there, or its call is not.</summary>
    public void Restore(LlmEnvelope envelope, long position)
    {
        var about = Find(envelope.CallId);
        if (envelope is LlmCallEnvelope call && about is null)
        {
            _byId.Add(call.CallId, new StoredCall(call, position));
            _byArrival.Enqueue(call.Call);
            Evict();
        }
        else if (about is not null && !about.Has(envelope) && about.HasRoomFor(envelope))
        {
            about.Add(envelope);
            Note(about);
        }
    }

    /// <summary>Lets go of the calls that stand before a position.</summary>
    public void RemoveBefore(long position)
    {
        while (_byArrival.TryPeek(out var oldest) && _byId[oldest.Id].Position < position)
        {
            Remove(_byArrival.Dequeue().Id);
        }
    }

    private void Note(StoredCall call)
    {
        if (call.Repricing is not null)
        {
            _repriced.Add(call.Call.Id);
        }
    }

    private void Remove(Guid id)
    {
        _byId.Remove(id);
        _repriced.Remove(id);
    }

    private void Evict()
    {
        while (_byArrival.Count > maxCalls)
        {
            Remove(_byArrival.Dequeue().Id);
            Evicted++;
        }
    }
}
