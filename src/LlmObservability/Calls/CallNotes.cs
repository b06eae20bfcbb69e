using System.Diagnostics;

namespace LlmObservability.Calls;

/// <summary>
/// What others tell of a call while it is under way: the application, the HTTP handler. Most calls have none. Each part is
/// written as a whole; what comes later wins.
/// </summary>
internal class CallNotes
{
    private HttpNotes? _http;
    // A logical call's log scope, or a nested one's span: none has both.
    private object? _around;
    private object? _similarity;
    private volatile bool _cached;
    private CallToolCalls? _toolCalls;

    /// <summary>Whether the application said that the answer came from its cache.</summary>
    public bool Cached => _cached;

    /// <summary>How similar the question was to the one whose answer the cache gave.</summary>
    public double? Similarity => (double?)Volatile.Read(ref _similarity);

    /// <summary>The answer's text, where JSON was asked for. Set before anybody else sees the notes.</summary>
    public AnswerCheck? Answer { get; set; }

    /// <summary>The span of a nested client, set when it is entered; null where it has none.</summary>
    public Activity? Span
    {
        get => Volatile.Read(ref _around) as Activity;
        set => Volatile.Write(ref _around, value);
    }

    /// <summary>What the HTTP exchanges told; null where the handler saw none.</summary>
    public HttpNotes? Http => Volatile.Read(ref _http);

    /// <summary>The scope around the application's log lines, set when the call is entered; null where there is none.</summary>
    public CallLogScope? LogScope
    {
        get => Volatile.Read(ref _around) as CallLogScope;
        set => Volatile.Write(ref _around, value);
    }

    /// <summary>The tool calls inside; null for none.</summary>
    public CallToolCalls? ToolCalls => Volatile.Read(ref _toolCalls);

    /// <summary>The tool calls inside, to take one in.</summary>
    /// <param name="callStartedAt">The call's start.</param>
    /// <param name="caller">The client and the model that were called.</param>
    public CallToolCalls TakeToolCalls(DateTimeOffset callStartedAt, CallTarget caller)
    {
        return ToolCalls
            ?? Interlocked.CompareExchange(ref _toolCalls, new CallToolCalls(CallId ?? LlmCallId.Create(callStartedAt), callStartedAt, caller), null)
            ?? _toolCalls!;
    }

    /// <summary>The call's id, where somebody needed it before the end.</summary>
    public virtual Guid? CallId => LogScope?.CallId ?? ToolCalls?.CallId;

    /// <summary>What the HTTP exchanges told, to add to it.</summary>
    public HttpNotes TakeHttp() => Http ?? Interlocked.CompareExchange(ref _http, new HttpNotes(), null) ?? _http!;

    public void MarkCached(double? similarity)
    {
        Volatile.Write(ref _similarity, similarity);
        _cached = true;
    }
}
