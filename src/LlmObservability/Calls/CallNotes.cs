namespace LlmObservability.Calls;

/// <summary>
/// What others tell of a call while it is under way: the application, the HTTP handler. Most calls have none. Each part is
/// written as a whole; what comes later wins.
/// </summary>
internal sealed class CallNotes
{
    private LlmHttpDetail? _http;
    private object? _similarity;
    private volatile bool _cached;
    private CallToolCalls? _toolCalls;

    /// <summary>Whether the application said that the answer came from its cache.</summary>
    public bool Cached => _cached;

    /// <summary>How similar the question was to the one whose answer the cache gave.</summary>
    public double? Similarity => (double?)Volatile.Read(ref _similarity);

    /// <summary>The answer's text, where JSON was asked for. Set before anybody else sees the notes.</summary>
    public AnswerCheck? Answer { get; set; }

    /// <summary>What the HTTP exchange told.</summary>
    public LlmHttpDetail? Http
    {
        get => Volatile.Read(ref _http);
        set => Volatile.Write(ref _http, value);
    }

    /// <summary>The tool calls inside; null for none.</summary>
    public CallToolCalls? ToolCalls => Volatile.Read(ref _toolCalls);

    /// <summary>The tool calls inside, to take one in.</summary>
    /// <param name="callStartedAt">The call's start.</param>
    public CallToolCalls TakeToolCalls(DateTimeOffset callStartedAt)
    {
        return ToolCalls
            ?? Interlocked.CompareExchange(ref _toolCalls, new CallToolCalls(LlmCallId.Create(callStartedAt), callStartedAt), null)
            ?? _toolCalls!;
    }

    public void MarkCached(double? similarity)
    {
        Volatile.Write(ref _similarity, similarity);
        _cached = true;
    }
}
