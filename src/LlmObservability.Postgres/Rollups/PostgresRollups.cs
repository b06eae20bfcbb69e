using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What can be done with the rollups besides writing and reading them, each with its bounds.</summary>
internal sealed class PostgresRollups
{
    private const int MostDays = 367;

    private readonly PostgresLlmOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly RollupFold _fold;
    private readonly RollupRebuild _rebuild;
    private readonly RollupCheck _check;
    private readonly PostgresBound _folding;
    private readonly PostgresBound _day;

    public PostgresRollups(
        NpgsqlDataSource dataSource,
        PostgresNames names,
        RollupDeltas deltas,
        PostgresPartitions partitions,
        PostgresLlmOptions options,
        TimeProvider timeProvider)
    {
        (_options, _timeProvider) = (options, timeProvider);
        async Task MakeAsync(IReadOnlyCollection<DateOnly> days, CancellationToken cancellationToken)
        {
            // What is remembered is no answer to what the server misses: sums may be kept for less long than their calls.
            partitions.Forget();
            _ = await partitions.EnsureAsync(days, cancellationToken).ConfigureAwait(false);
        }

        _fold = new RollupFold(dataSource, names, deltas, options, MakeAsync);
        _rebuild = new RollupRebuild(dataSource, names, deltas, options, timeProvider, MakeAsync);
        _check = new RollupCheck(dataSource, names, options, timeProvider);
        _folding = new PostgresBound(timeProvider, options.PrepareLimit, null, cancelledIsSilent: false);
        _day = new PostgresBound(timeProvider, options.PrepareLimit, null, cancelledIsSilent: false);
    }

    public UpkeepStep Step => new("fold the rollups", _options.RollupInterval, token => FoldAsync(waits: false, token));

    /// <summary>Returns whether something may be left.</summary>
    public Task<bool> FoldAsync(bool waits, CancellationToken cancellationToken) =>
        _folding.RunAsync(token => _fold.RunAsync(waits, token), cancellationToken);

    public async Task<long> RebuildAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        ThrowIfNone(first, last);
        long calls = 0;
        // The last day first: what the rollups hold is without a gap, from some time on.
        for (var day = last; day >= first; day = day.AddDays(-1))
        {
            var one = day;
            calls += await _day.RunAsync(token => _rebuild.RunAsync(one, token), cancellationToken).ConfigureAwait(false);
        }

        return calls;
    }

    public async Task<IReadOnlyList<string>> CheckAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        ThrowIfNone(first, last);
        List<string> differences = [];
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            var one = day;
            differences.AddRange(await _day.RunAsync(token => _check.RunAsync(one, token), cancellationToken).ConfigureAwait(false));
        }

        return differences;
    }

    private void ThrowIfNone(DateOnly first, DateOnly last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(last, first.AddDays(MostDays));
        var kept = PostgresPartitions.DayOf(_timeProvider.GetUtcNow() - _options.Retention);
        if (first <= kept)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"The calls of days up to {kept:yyyy-MM-dd} are no longer kept: begin after it.");
        }
    }
}
