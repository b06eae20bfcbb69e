namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>How a call goes: its end, and whether a stream, a cache, an attempt more or tools are part of it.</summary>
internal readonly record struct Course
{
    public const double FailedShare = 0.05;
    public const double CancelledShare = 0.01;
    public const double AbandonedShare = 0.02;
    public const double StreamingShare = 0.6;
    public const double CachedShare = 0.02;
    public const double SecondAttemptShare = 0.03;
    public const double ToolShare = 0.1;
    public const double CheckedShare = 0.1;

    // Of the calls that come so far as to be asked about it: embeddings do not stream, and what is abandoned does.
    private static readonly double EmbeddingShare =
        Lane.All.Where(lane => lane.Model.Embeds).Sum(lane => lane.Weight) / Lane.All.Sum(lane => lane.Weight);
    private static readonly double StreamingOfOthers = StreamingShare / (1 - EmbeddingShare);
    private const double AbandonedOfStreams = AbandonedShare / StreamingShare;
    private static readonly double ToolsOfAnswers =
        ToolShare / (1 - EmbeddingShare) / (1 - FailedShare - CancelledShare - AbandonedShare - CachedShare);

    private static readonly double CheckedOfAnswers = CheckedShare / (1 - FailedShare - CancelledShare - AbandonedShare - CachedShare)
        / (Lane.All.Where(lane => lane.Route.Checked).Sum(lane => lane.Weight) / Lane.All.Sum(lane => lane.Weight));

    public required LlmOutcome Outcome { get; init; }

    public Failure? Failure { get; init; }

    public bool Streaming { get; init; }

    public bool Cached { get; init; }

    public bool TwoAttempts { get; init; }

    public int Tools { get; init; }

    /// <summary>Whether the answer matched its schema; null where nobody looked.</summary>
    public bool? SchemaValidated { get; init; }

    /// <summary>Whether an answer came, whole.</summary>
    public bool Answered => Outcome == LlmOutcome.Completed;

    public static Course Of(Lane lane, SeededRandom random)
    {
        var streaming = !lane.Model.Embeds && random.Hits(StreamingOfOthers);
        var abandoned = streaming && random.Hits(AbandonedOfStreams);
        var share = random.NextShare();
        var outcome = abandoned ? LlmOutcome.Abandoned
            : share < FailedShare ? LlmOutcome.Failed
            : share < FailedShare + CancelledShare ? LlmOutcome.Cancelled
            : LlmOutcome.Completed;
        var cached = outcome == LlmOutcome.Completed && random.Hits(CachedShare);
        var generated = outcome == LlmOutcome.Completed && !cached;
        var isChecked = generated && lane.Route.Checked && random.Hits(CheckedOfAnswers);
        return new Course
        {
            Outcome = outcome,
            Failure = outcome == LlmOutcome.Failed ? Failure.Pick(random) : null,
            Streaming = streaming,
            Cached = cached,
            TwoAttempts = !cached && random.Hits(SecondAttemptShare),
            Tools = generated && !lane.Model.Embeds && random.Hits(ToolsOfAnswers) ? 1 + random.Next(2) : 0,
            SchemaValidated = isChecked ? !random.Hits(0.03) : null,
        };
    }
}
