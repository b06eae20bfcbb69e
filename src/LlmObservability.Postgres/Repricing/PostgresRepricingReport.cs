namespace LlmObservability.Postgres;

/// <summary>What a repricing did, or in a dry run would do. Amounts are whole nano-dollars of what is known; before is what counted until then, be it recorded or of an earlier repricing.</summary>
public sealed record PostgresRepricingReport
{
    /// <summary>The run's id, by which one that was cut off goes on; null of a dry run.</summary>
    public Guid? JobId { get; init; }

    /// <summary>Whether all calls of the range were looked at.</summary>
    public bool Finished { get; init; }

    /// <summary>How many calls were looked at.</summary>
    public long Calls { get; init; }

    /// <summary>How many cost something else now; each has an amendment that says what.</summary>
    public long Changed { get; init; }

    /// <summary>Of the changed ones, those whose cost was not known before.</summary>
    public long NewlyPriced { get; init; }

    /// <summary>Of the changed ones, those whose cost is not known any more.</summary>
    public long BecameUnpriced { get; init; }

    /// <summary>
    /// How many stay as they are since the catalog has no say, by the reason: a cost reason (<c>reported_by_provider</c>,
    /// <c>cached</c>, <c>missing_usage</c> …); <c>attempts_missing</c> or <c>attempts_differ</c> where the stored attempts do not
    /// make up the call; <c>terms_unknown</c> where several attempts were billed and the terms of only one are known.
    /// </summary>
    public required IReadOnlyDictionary<string, long> Kept { get; init; }

    /// <summary>The sum of all known costs before.</summary>
    public decimal BeforeNanos { get; init; }

    /// <summary>The sum of all known costs after.</summary>
    public decimal AfterNanos { get; init; }

    /// <summary>The same by model, the largest cost after first. Beyond 1,000 models the others are one, <see cref="PostgresRepricedModel.Others"/>.</summary>
    public required IReadOnlyList<PostgresRepricedModel> Models { get; init; }
}

/// <summary>What a repricing did to one model's calls.</summary>
/// <param name="Model">The model by which calls are grouped; null where none is known.</param>
/// <param name="Calls">How many were looked at.</param>
/// <param name="Changed">How many cost something else now.</param>
/// <param name="BeforeNanos">The sum of the known costs before.</param>
/// <param name="AfterNanos">The sum of the known costs after.</param>
public sealed record PostgresRepricedModel(string? Model, long Calls, long Changed, decimal BeforeNanos, decimal AfterNanos)
{
    /// <summary>Stands for all models beyond the first 1,000.</summary>
    public const string Others = "(others)";
}
