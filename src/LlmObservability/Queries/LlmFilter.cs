namespace LlmObservability.Queries;

/// <summary>Which calls: all conditions must hold.</summary>
public sealed record LlmFilter
{
    /// <summary>Every call.</summary>
    public static LlmFilter None { get; } = new();

    /// <summary>Started at or after this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Started before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Conditions on fields, at most 32; several on one field all count.</summary>
    public IReadOnlyList<LlmCondition> Conditions { get; init; } = [];
}

/// <summary>One condition of a filter.</summary>
/// <param name="Field">The field.</param>
/// <param name="Operator">The comparison.</param>
/// <param name="Values">
/// Its values in text form (see <see cref="LlmFieldType"/>): 1 to 100 for <see cref="LlmOperator.In"/> and
/// <see cref="LlmOperator.NotIn"/>, none for <see cref="LlmOperator.Missing"/> and <see cref="LlmOperator.Present"/>, else one.
/// </param>
public sealed record LlmCondition(LlmField Field, LlmOperator Operator, params IReadOnlyList<string> Values);
