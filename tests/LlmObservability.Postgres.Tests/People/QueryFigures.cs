using System.Text;

namespace LlmObservability.Postgres.Tests.People;

/// <summary>What the example queries must answer, added up from the calls.</summary>
internal sealed class QueryFigures(IReadOnlyList<LlmCall> calls, IReadOnlyDictionary<Guid, LlmCost?> effective, DateTimeOffset now)
{
    private static readonly IComparer<string?> Texts = Comparer<string?>.Create(static (left, right) =>
        left is null || right is null
            ? (left is null).CompareTo(right is null)
            : Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    // What is not known comes last in either direction here.
    private static readonly IComparer<decimal?> Most = Comparer<decimal?>.Create(static (left, right) =>
        left is null || right is null ? (left is null).CompareTo(right is null) : right.Value.CompareTo(left.Value));

    public List<object?[]> Of(string title) => title switch
    {
        "Cost per tenant last month" => CostPerTenant(),
        "95th percentile of the duration by route" => DurationByRoute(),
        "Most expensive calls" => MostExpensive(),
        "What the provider's prompt cache saved" => CacheSavings(),
        "Error rate" => ErrorRate(),
        "Answers that did not match their schema" => SchemaMismatches(),
        "Tokens per day" => TokensPerDay(),
        "Slowest models" => SlowestModels(),
        "Abandoned streams" => AbandonedStreams(),
        "Cost per feature and variant" => CostPerFeature(),
        _ => RecordedCost(),
    };

    private List<object?[]> CostPerTenant()
    {
        var to = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var last = calls.Where(call => call.StartedAt >= to.AddMonths(-1) && call.StartedAt < to);
        return
        [
            .. last.GroupBy(call => call.Tags.Tenant)
                .Select(group => (group.Key, Usd: Sum(group, Usd), Calls: group.Count(), Unpriced: group.Count(call => Cost(call) is null)))
                .OrderBy(row => row.Usd, Most).ThenBy(row => row.Key, Texts)
                .Select(row => new object?[] { row.Key, row.Usd, row.Calls, row.Unpriced }),
        ];
    }

    private List<object?[]> DurationByRoute() =>
    [
        .. Since(7).GroupBy(call => call.Tags.Route)
            .Select(group => (group.Key, Calls: group.Count(), P50: Rank(group, 0.5, Seconds), P95: Rank(group, 0.95, Seconds)))
            .OrderByDescending(row => row.P95).ThenBy(row => row.Key, Texts)
            .Select(row => new object?[] { row.Key, row.Calls, row.P50, row.P95 }),
    ];

    private List<object?[]> MostExpensive() =>
    [
        .. Since(7).Where(call => Cost(call) is not null)
            .OrderByDescending(Usd).ThenBy(call => call.StartedAt).ThenBy(call => call.Id.ToString(), StringComparer.Ordinal).Take(20)
            .Select(call => new object?[]
            {
                call.Id, call.StartedAt, call.Tags.Tenant, call.Tags.Feature, call.Model,
                Known(call) ? call.Tokens.Input : null, Known(call) ? call.Tokens.Output : null, Usd(call),
            }),
    ];

    private List<object?[]> CacheSavings() =>
    [
        .. Since(30).Where(call => Cost(call) is not null).GroupBy(call => call.Model)
            .Select(group =>
            {
                var known = group.Where(Known).ToList();
                decimal? read = known.Count == 0 ? null : known.Sum(call => call.Tokens.CacheRead);
                decimal? other = known.Count == 0
                    ? null : known.Sum(call => call.Tokens.UncachedInput + call.Tokens.CacheWrite5m + call.Tokens.CacheWrite1h);
                var paid = group.Sum(call => LlmCost.ToUsd(Cost(call)!.Value.CachedInputNanos));
                var input = group.Sum(call => LlmCost.ToUsd(Cost(call)!.Value.InputNanos));
                return (group.Key, Read: read, Paid: paid, Saved: other is null or 0 ? null : (read * input / other) - paid);
            })
            .OrderBy(row => row.Saved, Most).ThenBy(row => row.Key, Texts)
            .Select(row => new object?[] { row.Key, row.Read, row.Paid, row.Saved is { } saved ? decimal.Round(saved, 9) : null }),
    ];

    private List<object?[]> ErrorRate() =>
    [
        .. Since(7).GroupBy(call => (call.Provider, call.Model))
            .Select(group => (group.Key, Calls: group.Count(), Failed: group.Count(Failed), Error: group
                .Where(call => call.ErrorType is not null).GroupBy(call => call.ErrorType)
                .OrderByDescending(errors => errors.Count()).ThenBy(errors => errors.Key, Texts).FirstOrDefault()?.Key))
            .OrderByDescending(row => Percent(row.Failed, row.Calls)).ThenBy(row => row.Key.Provider, Texts).ThenBy(row => row.Key.Model, Texts)
            .Select(row => new object?[] { row.Key.Provider, row.Key.Model, row.Calls, row.Failed, Percent(row.Failed, row.Calls), row.Error }),
    ];

    private List<object?[]> SchemaMismatches() =>
    [
        .. Since(30).Where(call => call.SchemaValidated is not null).GroupBy(call => (call.Tags.Feature, call.Model))
            .Select(group => (group.Key, Checked: group.Count(), Bad: group.Count(call => call.SchemaValidated == false)))
            .OrderByDescending(row => Percent(row.Bad, row.Checked)).ThenBy(row => row.Key.Feature, Texts).ThenBy(row => row.Key.Model, Texts)
            .Select(row => new object?[] { row.Key.Feature, row.Key.Model, row.Checked, row.Bad, Percent(row.Bad, row.Checked) }),
    ];

    private List<object?[]> TokensPerDay() =>
    [
        .. Since(30).GroupBy(call => call.StartedAt.UtcDateTime.Date).OrderBy(group => group.Key).Select(group =>
        {
            long? Tokens(Func<LlmTokens, long> count) => group.Any(Known) ? group.Where(Known).Sum(call => count(call.Tokens)) : null;
            return new object?[]
            {
                group.Key, Tokens(t => t.Input), Tokens(t => t.CacheRead), Tokens(t => t.Output), Tokens(t => t.Reasoning),
                group.Count(call => !Known(call)),
            };
        }),
    ];

    private List<object?[]> SlowestModels() =>
    [
        .. Since(7).Where(call => call.Outcome == LlmOutcome.Completed && !call.Cached).GroupBy(call => call.Model)
            .Select(group => (
                group.Key,
                Calls: group.Count(),
                First: Rank(group, 0.5, call => call.TimeToFirstToken is { } first ? Seconds(first) : null),
                Speed: Rank(group, 0.5, call => call.OutputTokensPerSecond)))
            .OrderBy(row => row.Speed is null).ThenBy(row => row.Speed).ThenBy(row => row.Key, Texts)
            .Select(row => new object?[] { row.Key, row.Calls, row.First, row.Speed }),
    ];

    private List<object?[]> AbandonedStreams() =>
    [
        .. Since(30).Where(call => call.Streaming).GroupBy(call => call.Tags.Route)
            .Select(group => (group.Key, Streams: group.Count(), Left: group.Where(call => call.Outcome == LlmOutcome.Abandoned).ToList()))
            .OrderByDescending(row => row.Left.Count).ThenBy(row => row.Key, Texts)
            .Select(row => new object?[] { row.Key, row.Streams, row.Left.Count, Percent(row.Left.Count, row.Streams), Sum(row.Left, Usd) }),
    ];

    private List<object?[]> CostPerFeature() =>
    [
        .. Since(30).GroupBy(call => (call.Tags.Feature, call.Tags.Variant))
            .Select(group => (group.Key, Calls: group.Count(), Usd: Sum(group, Usd), Priced: group.Count(call => Cost(call) is not null)))
            .OrderBy(row => row.Usd, Most).ThenBy(row => row.Key.Feature, Texts).ThenBy(row => row.Key.Variant, Texts)
            .Select(row => new object?[] { row.Key.Feature, row.Key.Variant, row.Calls, row.Usd, row.Usd / (row.Priced == 0 ? 1 : row.Priced) }),
    ];

    private List<object?[]> RecordedCost() =>
    [
        .. Since(1).GroupBy(call => call.Model)
            .Select(group => (group.Key, Calls: group.Count(), Usd: Sum(group, call => call.Cost?.TotalUsd), Unpriced: group.Count(call => call.Cost is null)))
            .OrderBy(row => row.Usd, Most)
            .Select(row => new object?[] { row.Key, row.Calls, row.Usd, row.Unpriced }),
    ];

    private IEnumerable<LlmCall> Since(int days) => calls.Where(call => call.StartedAt >= now.AddDays(-days));

    private LlmCost? Cost(LlmCall call) => effective.TryGetValue(call.Id, out var cost) ? cost : call.Cost;

    private decimal? Usd(LlmCall call) => Cost(call)?.TotalUsd;

    private static decimal? Sum(IEnumerable<LlmCall> some, Func<LlmCall, decimal?> amount)
    {
        var known = some.Select(amount).OfType<decimal>().ToList();
        return known.Count == 0 ? null : known.Sum();
    }

    private static bool Known(LlmCall call) => call.Tokens.Source != LlmUsageSource.Missing;

    private static bool Failed(LlmCall call) => call.Outcome == LlmOutcome.Failed;

    private static double? Seconds(LlmCall call) => Seconds(call.Duration);

    private static double? Seconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond / 1_000_000d;

    private static decimal Percent(int part, int whole) => decimal.Round(100m * part / whole, 2, MidpointRounding.AwayFromZero);

    private static double? Rank(IEnumerable<LlmCall> some, double share, Func<LlmCall, double?> value)
    {
        var sorted = some.Select(value).OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? null : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
