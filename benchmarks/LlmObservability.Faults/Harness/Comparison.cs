using LlmObservability.Faults.Child;

namespace LlmObservability.Faults.Harness;

/// <summary>The store against the ledger, row by row.</summary>
internal sealed class Comparison
{
    private readonly List<string> _wrong = [];

    private Comparison(IReadOnlyList<LedgerEntry> promised, StoredRows stored)
    {
        Promised = promised;
        Stored = stored;
    }

    public IReadOnlyList<LedgerEntry> Promised { get; }

    public StoredRows Stored { get; }

    /// <summary>Promised calls that are not stored.</summary>
    public List<LedgerEntry> LostCalls { get; } = [];

    /// <summary>Promised calls of which a tool call or an amendment that came after them is not stored.</summary>
    public List<LedgerEntry> LostLater { get; } = [];

    /// <summary>Rows that are there more often than once.</summary>
    public int Duplicated { get; private set; }

    /// <summary>Stored calls that the ledger does not know: what was recorded when its process was killed.</summary>
    public int Unpromised { get; private set; }

    /// <summary>What differs, a line each.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Promised records that are not stored, of whatever kind.</summary>
    public int Lost => LostCalls.Count + LostLater.Count;

    public static Comparison Of(IReadOnlyList<LedgerEntry> promised, StoredRows stored)
    {
        var comparison = new Comparison(promised, stored);
        Dictionary<Guid, StoredCall> calls = [];
        foreach (var call in stored.Calls)
        {
            if (!calls.TryAdd(call.Id, call))
            {
                comparison.Duplicated++;
            }
        }

        var known = new HashSet<Guid>();
        foreach (var entry in promised)
        {
            if (!known.Add(entry.Id))
            {
                comparison._wrong.Add($"id {entry.Id} was given twice");
            }

            comparison.Compare(entry, calls.GetValueOrDefault(entry.Id));
        }

        comparison.Unpromised = calls.Keys.Count(id => !known.Contains(id));
        return comparison;
    }

    /// <summary>What else is not as it should be, such as a sum.</summary>
    public void AddWrong(IEnumerable<string> wrong) => _wrong.AddRange(wrong);

    private void Compare(in LedgerEntry entry, StoredCall? call)
    {
        var shape = entry.Shape;
        if (call is null)
        {
            LostCalls.Add(entry);
        }
        else
        {
            Same(entry, call);
            var attempts = Stored.Attempts.GetValueOrDefault(entry.Id);
            Duplicated += Math.Max(0, attempts - Work.AttemptsOf(shape));
            Differs(entry, "rows of attempts", attempts, Math.Max(attempts, Work.AttemptsOf(shape)));
        }

        var tools = Stored.Tools.GetValueOrDefault(entry.Id);
        var amendments = Stored.Amendments.GetValueOrDefault(entry.Id);
        Duplicated += Math.Max(0, tools - Work.ToolsOf(shape)) + Math.Max(0, amendments - Work.AmendmentsOf(shape));
        if (shape == WorkShape.Tool && call is not null)
        {
            Differs(entry, "rows of tool calls", tools, 1);
        }
        else if ((shape == WorkShape.LateTool && tools == 0) || (shape == WorkShape.Amended && amendments == 0 && Stored.HoldsAmendments))
        {
            LostLater.Add(entry);
        }
    }

    private void Same(in LedgerEntry entry, StoredCall call)
    {
        Differs(entry, "started_at", call.StartedAt, entry.StartedAt);
        Differs(entry, "input_tokens", call.InputTokens, entry.InputTokens);
        Differs(entry, "output_tokens", call.OutputTokens, entry.OutputTokens);
        Differs(entry, "cost_nanos", call.CostNanos, entry.CostNanos);
        Differs(entry, "attempt_count", call.AttemptCount, entry.Shape == WorkShape.Attempts ? 2 : 1);
        Differs(entry, "tool_call_count", call.ToolCallCount ?? Work.ToolsOf(entry.Shape), Work.ToolsOf(entry.Shape));
        Differs(entry, "tenant", call.Tenant, Work.TenantOf(entry.Number));
        Differs(entry, "tags", call.Number, Work.NumberOf(entry.Producer, entry.Number));
    }

    private void Differs<T>(in LedgerEntry entry, string what, T stored, T promised)
    {
        if (!EqualityComparer<T>.Default.Equals(stored, promised))
        {
            _wrong.Add($"{Work.NumberOf(entry.Producer, entry.Number)} {entry.Id}: {what} is {stored}, promised {promised}");
        }
    }
}
