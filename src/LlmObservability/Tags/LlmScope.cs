namespace LlmObservability;

/// <summary>
/// Ambient tags: every call that begins inside carries them, across awaits and in parallel branches. The innermost scope
/// wins, and tags given on the call win over all scopes. A call takes the scope in force when its method is called.
/// </summary>
/// <remarks>
/// Dispose the scope where it was begun; it then ends for what follows, not for branches that were started inside.
/// Thread-safe.
/// </remarks>
public sealed class LlmScope : IDisposable, Tags.ILlmFlow
{
    private readonly Tags.ILlmFlow? _outer;
    private readonly LlmCall?[]? _captured;
    private int _capturedCount;
    private volatile bool _disposed;
    private LlmCall? _lastCall;
    private Tags.ResolvedTags? _resolved;
    private object? _identity;

    private LlmScope(Tags.ILlmFlow? outer, KeyValuePair<string, string?>[] entries, int capture, Action<Guid>? callBegan)
    {
        _outer = outer;
        Parent = outer?.Scope;
        Entries = entries;
        CallBegan = callBegan ?? Parent?.CallBegan;
        _captured = capture == 0 ? null : new LlmCall?[capture];
    }

    /// <summary>The call that ended last inside this scope or one inside it; null before the first.</summary>
    public LlmCall? LastCall => Volatile.Read(ref _lastCall);

    /// <summary>The first calls that ended inside, in that order, of a scope begun by <see cref="Capture"/>; else empty.</summary>
    public IReadOnlyList<LlmCall> Calls
    {
        get
        {
            if (_captured is null)
            {
                return [];
            }

            var count = Math.Min(Volatile.Read(ref _capturedCount), _captured.Length);
            // A slot is taken before it is filled; one still empty belongs to a call ending this very moment.
            return [.. _captured.Take(count).Where(call => call is not null)!];
        }
    }

    internal static LlmScope? Current => Tags.LlmFlow.Current?.Scope;

    LlmScope? Tags.ILlmFlow.Scope => this;

    Tags.ILlmFlow? Tags.ILlmFlow.Call => _outer?.Call;

    internal LlmScope? Parent { get; }

    internal KeyValuePair<string, string?>[] Entries { get; }

    /// <summary>Is told the id of each logical call as it begins inside, on the call's own path; null for nobody. The innermost scope that has one decides.</summary>
    internal Action<Guid>? CallBegan { get; }

    /// <summary>Stands for the scope where something is remembered that must not keep it alive.</summary>
    internal object Identity => Volatile.Read(ref _identity) ?? Interlocked.CompareExchange(ref _identity, new object(), null) ?? _identity!;

    /// <summary>Begins a scope with these tags.</summary>
    /// <param name="tags">Keys in any usual spelling; a null or empty value takes an outer scope's tag away.</param>
    public static LlmScope Begin(params (string Key, string? Value)[] tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return Push(Array.ConvertAll(tags, tag => KeyValuePair.Create(tag.Key, tag.Value)), capture: 0);
    }

    /// <summary>Begins a scope with these tags.</summary>
    /// <param name="tags">As for the other overload; copied here.</param>
    public static LlmScope Begin(IEnumerable<KeyValuePair<string, string?>> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return Push([.. tags], capture: 0);
    }

    /// <summary>Begins a scope that remembers the calls that end inside: the caller-held handle to ids and costs.</summary>
    /// <param name="maxCalls">How many, the first ones; 1 to 1,000. Default 16.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxCalls"/> is out of range.</exception>
    public static LlmScope Capture(int maxCalls = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCalls, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxCalls, 1000);
        return Push([], maxCalls);
    }

    /// <summary>Begins a scope with these tags, and with somebody who is told the ids of calls as they begin inside; it must not throw.</summary>
    internal static LlmScope Begin(KeyValuePair<string, string?>[] tags, Action<Guid> callBegan) => Push(tags, capture: 0, callBegan);

    /// <summary>Ends the scope for the current flow.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (ReferenceEquals(Tags.LlmFlow.Current, this))
        {
            // Scopes disposed out of order leave no dead one in force.
            var outer = _outer;
            while (outer is LlmScope { _disposed: true } dead)
            {
                outer = dead._outer;
            }

            Tags.LlmFlow.Current = outer;
        }
    }

    /// <summary>The innermost scope that gives tags; a capture gives none.</summary>
    internal static LlmScope? WithTags(LlmScope? scope)
    {
        while (scope is { Entries.Length: 0 })
        {
            scope = scope.Parent;
        }

        return scope;
    }

    /// <summary>Tags already resolved for this scope by the same resolver, or null.</summary>
    internal Tags.ResolvedTags? CachedFor(object resolver)
    {
        var cached = Volatile.Read(ref _resolved);
        return cached is not null && ReferenceEquals(cached.Resolver, resolver) ? cached : null;
    }

    internal void Cache(Tags.ResolvedTags resolved) => Volatile.Write(ref _resolved, resolved);

    internal static void Ended(LlmScope? scope, LlmCall call)
    {
        for (; scope is not null; scope = scope.Parent)
        {
            Volatile.Write(ref scope._lastCall, call);
            if (scope._captured is { } captured && Volatile.Read(ref scope._capturedCount) < captured.Length)
            {
                var slot = Interlocked.Increment(ref scope._capturedCount) - 1;
                if (slot < captured.Length)
                {
                    Volatile.Write(ref captured[slot], call);
                }
            }
        }
    }

    private static LlmScope Push(KeyValuePair<string, string?>[] entries, int capture, Action<Guid>? callBegan = null)
    {
        var scope = new LlmScope(Tags.LlmFlow.Current, entries, capture, callBegan);
        Tags.LlmFlow.Current = scope;
        return scope;
    }
}
