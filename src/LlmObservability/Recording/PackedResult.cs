using System.Runtime.CompilerServices;

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

    /// <summary>Whether tokens or cost are known.</summary>
    public readonly bool IsKnown => _source != (byte)LlmUsageSource.Missing || _hasCost;

    /// <summary>Takes tokens in; returns what to keep beside.</summary>
    public LargeUsage? Set(in LlmTokens tokens, LargeUsage? large)
    {
        _source = (byte)tokens.Source;
        var union = tokens.UncachedInput | tokens.CacheRead | tokens.CacheWrite5m | tokens.CacheWrite1h | tokens.VisibleOutput | tokens.Reasoning;
        if (tokens.Detail is not null || union is < 0 or > int.MaxValue)
        {
            _uncached = _cacheRead = _cacheWrite5m = _cacheWrite1h = _visible = _reasoning = 0;
            return LargeUsage.WithTokens(tokens, large);
        }

        _uncached = (int)tokens.UncachedInput;
        _cacheRead = (int)tokens.CacheRead;
        _cacheWrite5m = (int)tokens.CacheWrite5m;
        _cacheWrite1h = (int)tokens.CacheWrite1h;
        _visible = (int)tokens.VisibleOutput;
        _reasoning = (int)tokens.Reasoning;
        return large is null ? null : LargeUsage.WithoutTokens(large);
    }

    /// <summary>Takes a cost in; returns what to keep beside.</summary>
    public LargeUsage? Set(in LlmCost? cost, LargeUsage? large)
    {
        _hasCost = cost is not null;
        return SetParts(Nullable.GetValueRefOrDefaultRef(in cost), large);
    }

    /// <inheritdoc cref="Set(in LlmCost?, LargeUsage?)"/>
    public LargeUsage? Set(in LlmCost cost, LargeUsage? large)
    {
        _hasCost = true;
        return SetParts(cost, large);
    }

    private LargeUsage? SetParts(in LlmCost parts, LargeUsage? large)
    {
        var union = parts.InputNanos | parts.CachedInputNanos | parts.OutputNanos | parts.FeesNanos;
        if (union is < 0 or > uint.MaxValue)
        {
            _input = _cached = _output = _fees = 0;
            return LargeUsage.WithCost(parts, large);
        }

        _input = (uint)parts.InputNanos;
        _cached = (uint)parts.CachedInputNanos;
        _output = (uint)parts.OutputNanos;
        _fees = (uint)parts.FeesNanos;
        return large is null ? null : LargeUsage.WithoutCost(large);
    }
}

/// <summary>The tokens or the cost that do not fit in a <see cref="PackedResult"/>. Immutable.</summary>
internal sealed record LargeUsage(LlmTokens? Tokens, LlmCost? Cost)
{
    // None is inlined: the room for such large structures would be cleared for each call, and hardly one has them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static LargeUsage WithTokens(in LlmTokens tokens, LargeUsage? before) => new(tokens, before?.Cost);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static LargeUsage WithCost(in LlmCost cost, LargeUsage? before) => new(before?.Tokens, cost);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static LargeUsage? WithoutTokens(LargeUsage before) =>
        before.Tokens is null ? before : before.Cost is null ? null : new LargeUsage(null, before.Cost);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static LargeUsage? WithoutCost(LargeUsage before) =>
        before.Cost is null ? before : before.Tokens is null ? null : new LargeUsage(before.Tokens, null);
}
