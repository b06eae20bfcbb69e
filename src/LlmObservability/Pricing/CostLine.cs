namespace LlmObservability.Pricing;

/// <summary>One line of a <see cref="CostExplanation"/>: a quantity, a rate, and what they make.</summary>
public sealed record CostLine
{
    /// <summary>The <see cref="RateUnit"/> of token classes: rates are per million.</summary>
    public const int TokenRateUnit = 1_000_000;

    /// <summary>The <see cref="RateUnit"/> of fees: rates are per thousand.</summary>
    public const int FeeRateUnit = 1_000;

    /// <summary>The <see cref="BilledAs"/> of a fee that the entry has no price for: its amount is 0, and that much is missing from the cost.</summary>
    public const string NoPrice = "no_price";

    /// <summary>
    /// What is billed: <c>input</c>, <c>cache_read</c>, <c>cache_write_5m</c>, <c>cache_write_1h</c>, <c>audio_input</c>,
    /// <c>image_input</c>, <c>video_input</c>, <c>audio_cache_read</c>, <c>image_cache_read</c>, <c>output</c>,
    /// <c>reasoning</c>, <c>citation</c>, <c>audio_output</c>, <c>image_output</c>, <c>video_output</c>, <c>request</c> or
    /// <c>web_search</c>.
    /// </summary>
    public required string Class { get; init; }

    /// <summary>
    /// The class whose price it is: <see cref="Class"/> itself, or its parent where it has no price of its own; two with
    /// a <c>+</c> between them where cached audio or images are billed as both; <see cref="NoPrice"/> for searches without a
    /// price.
    /// </summary>
    public required string BilledAs { get; init; }

    /// <summary>
    /// Tokens, requests or searches. Tokens are disjoint from those of the other lines; where cached audio or images are
    /// billed as two classes, the input is smaller by as much, and may then be below zero beside a class billed as input.
    /// </summary>
    public required long Quantity { get; init; }

    /// <summary>US dollars per <see cref="RateUnit"/>, before multipliers; exact.</summary>
    public required decimal Rate { get; init; }

    /// <summary>How many the <see cref="Rate"/> is for: <see cref="TokenRateUnit"/>, or <see cref="FeeRateUnit"/> for fees.</summary>
    public required int RateUnit { get; init; }

    /// <summary>Quantity × rate in nano-dollars, before multipliers and rounding; exact.</summary>
    public required decimal AmountNanos { get; init; }
}
