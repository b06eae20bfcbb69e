namespace LlmObservability.Postgres;

/// <summary>What the store does now and then behind its writing.</summary>
/// <param name="Name">What it is called in messages; one of them has each name.</param>
/// <param name="Pause">From one beginning to the next.</param>
/// <param name="RunAsync">Does a bounded part; says whether there may be more, which is then done at once. It bounds its own waits, and lets go when cancelled.</param>
internal sealed record UpkeepStep(string Name, TimeSpan Pause, Func<CancellationToken, Task<bool>> RunAsync);

/// <summary>How a step stands.</summary>
/// <param name="Name">The step.</param>
/// <param name="EndedAt">When it ended last, whatever came of it; null before that.</param>
/// <param name="FailingSince">When the first of its latest failures was; null when it went well the last time.</param>
/// <param name="Failure">The latest failure in one sentence without a secret; null when it went well the last time.</param>
internal sealed record UpkeepState(string Name, DateTimeOffset? EndedAt = null, DateTimeOffset? FailingSince = null, string? Failure = null);
