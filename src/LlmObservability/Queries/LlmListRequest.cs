namespace LlmObservability.Queries;

/// <summary>A page to read.</summary>
public sealed record LlmListRequest
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Which calls.</summary>
    public LlmFilter Filter { get; init; } = LlmFilter.None;

    /// <summary>Order; ties by <c>started_at</c>, then <c>id</c>, in the same direction. Default: newest first.</summary>
    public LlmOrder Order { get; init; } = new(LlmField.StartedAt, Descending: true);

    /// <summary>1 to <see cref="MaxLimit"/>. Default 50.</summary>
    public int Limit { get; init; } = 50;

    /// <summary><see cref="LlmPage.Next"/> of the page before, asked with the same filter and order; null for the first.</summary>
    public string? Cursor { get; init; }
}

/// <summary>An order.</summary>
/// <param name="Field">Any field but an own tag.</param>
/// <param name="Descending">Greatest first; missing values still last.</param>
public sealed record LlmOrder(LlmField Field, bool Descending);

/// <summary>A page of calls.</summary>
/// <param name="Calls">The calls.</param>
/// <param name="Next">Cursor of the next page; null when this is the last.</param>
public sealed record LlmPage(IReadOnlyList<LlmCall> Calls, string? Next)
{
    /// <summary>
    /// How far the store looked, if it bounds what it reads and stopped before the window's end. In an order by
    /// <c>started_at</c> the page may then be short or empty, and <see cref="Next"/> goes on from there; in any other order the
    /// pages hold the calls since then, and no older ones. Null where nothing was left out.
    /// </summary>
    public DateTimeOffset? CappedFrom { get; init; }
}

/// <summary>A call with all that belongs to it.</summary>
/// <param name="Call">The call as it was recorded.</param>
/// <param name="Attempts">By ordinal.</param>
/// <param name="ToolCalls">By ordinal.</param>
/// <param name="Amendments">Oldest first.</param>
public sealed record LlmCallDetail(
    LlmCall Call,
    IReadOnlyList<LlmAttempt> Attempts,
    IReadOnlyList<LlmToolCall> ToolCalls,
    IReadOnlyList<LlmAmendment> Amendments);
