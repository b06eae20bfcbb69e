using System.Diagnostics;

namespace LlmObservability.Calls;

/// <summary>
/// The functions that models asked for last, so that an invocation outside of any call finds the call which asked for it.
/// Bounded; costs nothing until a tool is wrapped and a model asks for one. Thread-safe.
/// </summary>
internal sealed class ToolRequests
{
    internal const int Capacity = 1_024;

    private const int MaxNames = 128;

    private const int SameId = 8;
    private const int SameTrace = 4;
    private const int SameScope = 2;
    private const int NothingToCompare = 1;

    private readonly object _gate = new();
    private readonly Queue<ToolRequest> _byArrival = new();
    // In order of arrival; those taken are gone from here.
    private readonly Dictionary<string, List<ToolRequest>> _byName = new(StringComparer.Ordinal);
    private volatile bool _wanted;
    private int _waiting;

    /// <summary>Whether a tool was wrapped: before that nobody will ask.</summary>
    public bool Wanted
    {
        get => _wanted;
        set => _wanted = value;
    }

    public void Add(ToolRequest request)
    {
        lock (_gate)
        {
            if (!_byName.TryGetValue(request.Name, out var waiting))
            {
                _byName.Add(request.Name, waiting = []);
            }

            waiting.Add(request);
            _byArrival.Enqueue(request);
            _waiting++;
            if (_byArrival.Count > Capacity && _byArrival.Dequeue() is { Taken: false } oldest)
            {
                Remove(_byName[oldest.Name], 0, oldest);
            }
        }
    }

    /// <summary>
    /// The request that an invocation answers, taken so that no other does: by the id where it is known; else of this
    /// function's by the same trace, then the same scope; by the name alone where neither side has either. A trace that
    /// differs rules one out. The newest call counts, and of its requests the first.
    /// </summary>
    public ToolRequest? Take(string name, string? toolCallId, ActivityTraceId trace, LlmScope? scope)
    {
        if (Volatile.Read(ref _waiting) == 0)
        {
            return null;
        }

        lock (_gate)
        {
            if (!_byName.TryGetValue(name, out var waiting))
            {
                return null;
            }

            var identity = scope?.Identity;
            var most = MostLike(toolCallId, trace, identity);
            var (best, bestScore) = (-1, 0);
            for (var i = waiting.Count - 1; i >= 0; i--)
            {
                if (bestScore == most && waiting[i].CallId != waiting[best].CallId)
                {
                    // None of an older call is more like it.
                    break;
                }

                var score = Score(waiting[i], toolCallId, trace, identity);
                if (score > bestScore || (score > 0 && score == bestScore && waiting[i].CallId == waiting[best].CallId))
                {
                    (best, bestScore) = (i, score);
                }
            }

            if (best < 0)
            {
                return null;
            }

            var found = waiting[best];
            Remove(waiting, best, found);
            return found;
        }
    }

    private static int MostLike(string? toolCallId, ActivityTraceId trace, object? scope)
    {
        var likeness = (trace == default ? 0 : SameTrace) + (scope is null ? 0 : SameScope);
        return toolCallId is not null ? SameId + likeness : likeness == 0 ? NothingToCompare : likeness;
    }

    private static int Score(ToolRequest request, string? toolCallId, ActivityTraceId trace, object? scope)
    {
        var sameTrace = trace != default && request.Trace == trace;
        var otherTrace = trace != default && request.Trace != default && !sameTrace;
        var sameScope = scope is not null && ReferenceEquals(request.Scope, scope);
        var likeness = (sameTrace ? SameTrace : 0) + (sameScope ? SameScope : 0);
        if (toolCallId is not null)
        {
            // An approval may come in another trace; and some servers count their ids from one in each answer.
            return request.ToolCallId == toolCallId ? SameId + likeness : 0;
        }

        var nothing = trace == default && request.Trace == default && scope is null && request.Scope is null;
        return otherTrace ? 0 : nothing ? NothingToCompare : likeness;
    }

    private void Remove(List<ToolRequest> waiting, int index, ToolRequest request)
    {
        request.Taken = true;
        _waiting--;
        waiting.RemoveAt(index);
        // Tools are few, and asked for again; names made up by a model are not.
        if (waiting.Count == 0 && _byName.Count > MaxNames)
        {
            _byName.Remove(request.Name);
        }
    }
}
