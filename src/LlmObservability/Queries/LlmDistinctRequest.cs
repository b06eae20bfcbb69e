namespace LlmObservability.Queries;

/// <summary>Asks for a field's distinct values.</summary>
public sealed record LlmDistinctRequest
{
    /// <summary>The largest answer.</summary>
    public const int MaxLimit = 1000;

    /// <summary>A text or boolean field, or an own tag.</summary>
    public required LlmField Field { get; init; }

    /// <summary>Which calls.</summary>
    public LlmFilter Filter { get; init; } = LlmFilter.None;

    /// <summary>Only values that begin with this (ordinal).</summary>
    public string? Prefix { get; init; }

    /// <summary>1 to <see cref="MaxLimit"/>. Default 100.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Distinct values.</summary>
/// <param name="Values">Most frequent first, then by value; missing values are left out.</param>
/// <param name="HasMore">Whether the limit cut some off.</param>
public sealed record LlmDistinct(IReadOnlyList<LlmDistinctValue> Values, bool HasMore)
{
    /// <summary>Since when calls were looked at, if the store bounds what it reads and From is further back, or open; null for all of the window.</summary>
    public DateTimeOffset? CappedFrom { get; init; }
}

/// <summary>One value.</summary>
/// <param name="Value">In text form.</param>
/// <param name="Calls">How many calls have it.</param>
public sealed record LlmDistinctValue(string Value, long Calls);
