namespace LlmObservability.Calls;

/// <summary>
/// The tool calls inside a call under way, which may begin and end at once on several threads. Rows are taken in without a
/// lock, until the call ends. Made with the first of them.
/// </summary>
/// <param name="callId">The call's id, so that a tool call which outlives the call can name it.</param>
/// <param name="callStartedAt">The call's start.</param>
/// <param name="caller">The client and the model that were called.</param>
internal sealed class CallToolCalls(Guid callId, DateTimeOffset callStartedAt, CallTarget caller)
{
    private const int MaxAsked = 256;
    private static readonly object Closed = new();

    private List<ToolNote>? _asked;
    private object? _last;
    private int _begun;

    public Guid CallId => callId;

    public DateTimeOffset CallStartedAt => callStartedAt;

    public CallTarget Caller => caller;

    /// <summary>A tool call begins: its place among all of them, from 1. False once the call has ended.</summary>
    public bool TryBegin(out int ordinal)
    {
        ordinal = Interlocked.Increment(ref _begun);
        return ordinal > 0;
    }

    /// <summary>Takes a row in; false once the call has ended: then the row travels by itself.</summary>
    public bool TryAdd(LlmToolCall row)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (ReferenceEquals(last, Closed))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _last, new Link(row, (Link?)last), last) == last)
            {
                return true;
            }
        }
    }

    /// <summary>The call ends: the rows so far, by ordinal.</summary>
    /// <param name="begun">How many tool calls began, those that have not ended among them.</param>
    public LlmToolCall[] Close(out int begun)
    {
        // The sign makes every later beginning too late.
        begun = Interlocked.Or(ref _begun, int.MinValue) & int.MaxValue;
        var last = Interlocked.Exchange(ref _last, Closed) as Link;
        var count = 0;
        for (var link = last; link is not null; link = link.Before)
        {
            count++;
        }

        if (count == 0)
        {
            return [];
        }

        var rows = new LlmToolCall[count];
        for (var link = last; link is not null; link = link.Before)
        {
            rows[--count] = link.Row;
        }

        Array.Sort(rows, static (left, right) => left.Ordinal.CompareTo(right.Ordinal));
        return rows;
    }

    /// <summary>A wrapped client further in was answered with these: ids for the invocations that follow.</summary>
    public void AddAsked(ToolNote? notes)
    {
        var asked = Volatile.Read(ref _asked) ?? Interlocked.CompareExchange(ref _asked, [], null) ?? _asked!;
        lock (asked)
        {
            foreach (var note in ToolNote.InOrder(notes))
            {
                if (note.Kind == ToolNoteKind.Function && asked.Count < MaxAsked)
                {
                    asked.Add(note);
                }
            }
        }
    }

    /// <summary>The id by which a model inside the call asked for this function; each is given once, in the order asked.</summary>
    public string? TakeAsked(string name)
    {
        if (Volatile.Read(ref _asked) is not { } asked)
        {
            return null;
        }

        lock (asked)
        {
            for (var i = 0; i < asked.Count; i++)
            {
                if (asked[i].Name == name)
                {
                    var id = asked[i].CallId;
                    asked.RemoveAt(i);
                    return id;
                }
            }

            return null;
        }
    }

    private sealed record Link(LlmToolCall Row, Link? Before);
}
