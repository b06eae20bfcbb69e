namespace LlmObservability;

/// <summary>
/// How a call ended, with tokens and cost as most calls have them, in half the room: no rare classes, no count above two
/// thousand million, no part above four dollars. What does not fit stands beside it, in a <see cref="LargeUsage"/>.
/// </summary>
internal record struct PackedResult
{
    private int _uncached;
    private int _cacheRead;
    private int _cacheWrite5m;
    private int _cacheWrite1h;
    private int _visible;
    private int _reasoning;
    private uint _input;
    private uint _cached;
    private uint _output;
    private uint _fees;
    private byte _source;
    private byte _outcome;
    private byte _costReason;
    private bool _hasCost;

    public LlmOutcome Outcome
    {
        readonly get => (LlmOutcome)_outcome;
        set => _outcome = (byte)value;
    }

    public LlmCostReason CostReason
    {
        readonly get => (LlmCostReason)_costReason;
        set => _costReason = (byte)value;
    }

    public readonly LlmTokens Tokens(LargeUsage? large) => large?.Tokens ?? new LlmTokens
    {
        Source = (LlmUsageSource)_source,
        UncachedInput = _uncached,
        CacheRead = _cacheRead,
        CacheWrite5m = _cacheWrite5m,
        CacheWrite1h = _cacheWrite1h,
        VisibleOutput = _visible,
        Reasoning = _reasoning,
    };

    public readonly LlmCost? Cost(LargeUsage? large) => large?.Cost ?? (!_hasCost ? null : new LlmCost
    {
        InputNanos = _input,
        CachedInputNanos = _cached,
        OutputNanos = _output,
        FeesNanos = _fees,
    });

    /// <summary>Takes tokens in; returns what to keep beside.</summary>
    public LargeUsage? Set(in LlmTokens tokens, LargeUsage? large)
    {
        _source = (byte)tokens.Source;
        var union = tokens.UncachedInput | tokens.CacheRead | tokens.CacheWrite5m | tokens.CacheWrite1h | tokens.VisibleOutput | tokens.Reasoning;
        var fits = tokens.Detail is null && union is >= 0 and <= int.MaxValue;
        var kept = fits ? tokens : default;
        _uncached = (int)kept.UncachedInput;
        _cacheRead = (int)kept.CacheRead;
        _cacheWrite5m = (int)kept.CacheWrite5m;
        _cacheWrite1h = (int)kept.CacheWrite1h;
        _visible = (int)kept.VisibleOutput;
        _reasoning = (int)kept.Reasoning;
        return fits && large?.Tokens is null ? large : LargeUsage.Of(fits ? null : tokens, large?.Cost);
    }

    /// <summary>Takes a cost in; returns what to keep beside.</summary>
    public LargeUsage? Set(LlmCost? cost, LargeUsage? large)
    {
        _hasCost = cost is not null;
        var parts = cost.GetValueOrDefault();
        var union = parts.InputNanos | parts.CachedInputNanos | parts.OutputNanos | parts.FeesNanos;
        var fits = union is >= 0 and <= uint.MaxValue;
        parts = fits ? parts : default;
        _input = (uint)parts.InputNanos;
        _cached = (uint)parts.CachedInputNanos;
        _output = (uint)parts.OutputNanos;
        _fees = (uint)parts.FeesNanos;
        return fits && large?.Cost is null ? large : LargeUsage.Of(large?.Tokens, fits ? null : cost);
    }
}

/// <summary>The tokens or the cost that do not fit in a <see cref="PackedResult"/>. Immutable.</summary>
internal sealed record LargeUsage(LlmTokens? Tokens, LlmCost? Cost)
{
    public static LargeUsage? Of(LlmTokens? tokens, LlmCost? cost) => tokens is null && cost is null ? null : new LargeUsage(tokens, cost);
}
