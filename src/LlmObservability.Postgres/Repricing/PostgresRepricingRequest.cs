namespace LlmObservability.Postgres;

/// <summary>Which calls are priced anew, and how.</summary>
public sealed record PostgresRepricingRequest
{
    /// <summary>The most calls of a batch.</summary>
    public const int MaxBatchSize = 10_000;

    /// <summary>Calls that began then or later.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Calls that began before; after <see cref="From"/>.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Only counts what would change, and writes nothing. Needs no right but to read. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// The run's id. A run that was cut off goes on where it was when its id is given again, with the same times and catalog; one
    /// that has finished only gives its report back. Null begins a new one. Not looked at in a dry run.
    /// </summary>
    public Guid? JobId { get; init; }

    /// <summary>How many calls are looked at in one transaction. Default 1,000; 1 to <see cref="MaxBatchSize"/>.</summary>
    public int BatchSize { get; init; } = 1_000;

    /// <summary>Told after each batch what was counted so far; null for nobody. What it throws ends the run.</summary>
    public IProgress<PostgresRepricingReport>? Progress { get; init; }

    internal void Validate()
    {
        if (From >= To)
        {
            throw new ArgumentException($"{nameof(From)} must be before {nameof(To)}.", nameof(From));
        }

        if (BatchSize is < 1 or > MaxBatchSize)
        {
            throw new ArgumentException($"{nameof(BatchSize)} must be between 1 and {MaxBatchSize}.", nameof(BatchSize));
        }
    }
}
