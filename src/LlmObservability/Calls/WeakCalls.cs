using System.Runtime.CompilerServices;

namespace LlmObservability.Calls;

/// <summary>A weak map: an entry lives as long as its key does. Thread-safe.</summary>
/// <remarks>
/// Small tables in turn instead of one large: a single one holds everything since the last collection, and copies itself
/// into the large object heap again and again. What still lives in the oldest table moves on to the newest.
/// </remarks>
internal sealed class WeakCalls
{
    internal const int TableSize = 2_048;
    internal const int MaxTables = 16;

    private readonly object _turning = new();
    // Newest first; replaced as a whole.
    private ConditionalWeakTable<object, LlmCall>[] _tables = [[]];
    private int _set;

    /// <summary>Sets the call of a key; a later one wins.</summary>
    public void Set(object key, LlmCall call)
    {
        Volatile.Read(ref _tables)[0].AddOrUpdate(key, call);
        if (Interlocked.Increment(ref _set) >= TableSize)
        {
            Turn();
        }
    }

    public LlmCall? Find(object key)
    {
        foreach (var table in Volatile.Read(ref _tables))
        {
            if (table.TryGetValue(key, out var call))
            {
                return call;
            }
        }

        return null;
    }

    private void Turn()
    {
        lock (_turning)
        {
            if (Volatile.Read(ref _set) < TableSize)
            {
                return;
            }

            ConditionalWeakTable<object, LlmCall> newest = [];
            var kept = Math.Min(_tables.Length, MaxTables - 1);
            // The newest table is read first, so what moves there must not stand in a younger one than it comes from.
            foreach (var (key, call) in _tables.Length > kept ? _tables[^1] : [])
            {
                if (!IsInYounger(key, kept))
                {
                    newest.Add(key, call);
                }
            }

            Volatile.Write(ref _tables, [newest, .. _tables.AsSpan(0, kept)]);
            // Survivors do not count: were they many, each turn would be full at once.
            Volatile.Write(ref _set, 0);
        }
    }

    private bool IsInYounger(object key, int tables)
    {
        for (var i = 0; i < tables; i++)
        {
            if (_tables[i].TryGetValue(key, out _))
            {
                return true;
            }
        }

        return false;
    }
}
