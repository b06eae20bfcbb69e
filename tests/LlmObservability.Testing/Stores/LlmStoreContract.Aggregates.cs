using LlmObservability.Queries;

namespace LlmObservability.Testing.Stores;

/// <content>Aggregates and distinct values, against sums over the calls that were written.</content>
public abstract partial class LlmStoreContract
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Measures_over_everything_are_those_of_the_calls(bool percentiles, bool histograms)
    {
        var (_, store, calls) = await FilledAsync(300);
        var answer = await store.AggregateAsync(new LlmAggregateRequest { Percentiles = percentiles, Histograms = histograms }, Cancel);

        var row = answer.Rows.ShouldHaveSingleItem();
        row.Keys.ShouldBeEmpty();
        row.Bucket.ShouldBeNull();
        row.IsOther.ShouldBeFalse();
        row.Previous.ShouldBeNull();
        answer.Previous.ShouldBeNull();
        MeasureFacts.ShouldBe(row.Measures, calls, percentiles, histograms);
        MeasureFacts.ShouldBe(answer.Total, calls, percentiles, histograms);
    }

    [Fact]
    public async Task No_calls_measure_zero()
    {
        var (_, store, _) = await FilledAsync(10);
        var none = Where(LlmField.Model, LlmOperator.In, "none");
        var answer = await store.AggregateAsync(new LlmAggregateRequest { Filter = none, Percentiles = true, Histograms = true }, Cancel);

        MeasureFacts.ShouldBe(answer.Total, [], percentiles: true, histograms: true);
        MeasureFacts.ShouldBe(answer.Rows.ShouldHaveSingleItem().Measures, [], percentiles: true, histograms: true);
        var grouped = new LlmAggregateRequest { Filter = none, GroupBy = [LlmField.User] };
        (await store.AggregateAsync(grouped, Cancel)).Rows.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("model")]
    [InlineData("streaming")]
    [InlineData("tag.team")]
    [InlineData("outcome,tag.team")]
    [InlineData("tenant,cached,provider")]
    public async Task Groups_come_largest_first_then_by_key(string fields)
    {
        var (_, store, calls) = await FilledAsync(250);
        LlmField[] groupBy = [.. fields.Split(',').Select(LlmField.Parse)];
        foreach (var topBy in Enum.GetValues<LlmTopBy>())
        {
            var request = new LlmAggregateRequest { GroupBy = groupBy, TopBy = topBy, Top = 1000, Percentiles = true };
            var answer = await store.AggregateAsync(request, Cancel);
            ShouldBeGroups(answer.Rows, MeasureFacts.Groups(calls, groupBy, topBy), percentiles: true);
            MeasureFacts.ShouldBe(answer.Total, calls, percentiles: true);
        }
    }

    [Theory]
    [InlineData(LlmTopBy.Calls)]
    [InlineData(LlmTopBy.Cost)]
    [InlineData(LlmTopBy.Tokens)]
    [InlineData(LlmTopBy.Failed)]
    [InlineData(LlmTopBy.Duration)]
    public async Task Groups_beyond_the_top_make_one_other_row(LlmTopBy topBy)
    {
        var (_, store, calls) = await FilledAsync(250);
        var groups = MeasureFacts.Groups(calls, [LlmField.Model], topBy);
        groups.Count.ShouldBeGreaterThan(4);
        var answer = await store.AggregateAsync(
            new LlmAggregateRequest { GroupBy = [LlmField.Model], TopBy = topBy, Top = 4, Percentiles = true }, Cancel);

        ShouldBeGroups([.. answer.Rows.Take(4)], groups[..4], percentiles: true);
        answer.Rows.Count.ShouldBe(5);
        answer.Rows[4].IsOther.ShouldBeTrue();
        answer.Rows[4].Keys.ShouldBeEmpty();
        MeasureFacts.ShouldBe(answer.Rows[4].Measures, [.. groups[4..].SelectMany(group => group.Calls)], percentiles: true);
        MeasureFacts.ShouldBe(answer.Total, calls, percentiles: true);

        var all = await store.AggregateAsync(
            new LlmAggregateRequest { GroupBy = [LlmField.Model], TopBy = topBy, Top = groups.Count }, Cancel);
        all.Rows.ShouldAllBe(row => !row.IsOther);
    }

    [Theory]
    [InlineData(LlmBucket.Minute)]
    [InlineData(LlmBucket.Hour)]
    [InlineData(LlmBucket.Day)]
    public async Task Time_buckets_hold_the_calls_of_their_time(LlmBucket bucket)
    {
        var (_, store, calls) = await FilledAsync(200);
        var filter = new LlmFilter { From = Now.AddMinutes(90.5), To = Now.AddDays(3).AddMinutes(-90.5) };
        var inside = calls.Where(call => call.StartedAt >= filter.From && call.StartedAt < filter.To).ToList();
        var answer = await store.AggregateAsync(new LlmAggregateRequest { Filter = filter, Bucket = bucket }, Cancel);

        var expected = inside.GroupBy(call => MeasureFacts.Floor(call.StartedAt, bucket)).OrderBy(group => group.Key).ToList();
        expected.Count.ShouldBeGreaterThan(2);
        answer.Rows.Select(row => row.Bucket).ToList().ShouldBe([.. expected.Select(group => (DateTimeOffset?)group.Key)]);
        foreach (var (row, group) in answer.Rows.Zip(expected))
        {
            row.Keys.ShouldBeEmpty();
            row.IsOther.ShouldBeFalse();
            row.Bucket!.Value.Offset.ShouldBe(TimeSpan.Zero);
            MeasureFacts.ShouldBe(row.Measures, [.. group], percentiles: false);
        }

        MeasureFacts.ShouldBe(answer.Total, inside, percentiles: false);
    }

    [Fact]
    public async Task Groups_in_time_buckets_keep_the_order_of_the_whole_range_with_other_last()
    {
        var (_, store, calls) = await FilledAsync(400);
        var request = new LlmAggregateRequest
        {
            Filter = new LlmFilter { From = Now, To = Now.AddDays(3) },
            GroupBy = [LlmField.User, LlmField.Streaming],
            Bucket = LlmBucket.Day,
            Top = 3,
            TopBy = LlmTopBy.Cost,
            Percentiles = true,
        };
        var answer = await store.AggregateAsync(request, Cancel);

        var groups = MeasureFacts.Groups(calls, request.GroupBy, request.TopBy);
        var expected = new List<(DateTimeOffset Bucket, bool IsOther, string?[] Keys, List<LlmCall> Calls)>();
        foreach (var day in calls.Select(call => MeasureFacts.Floor(call.StartedAt, LlmBucket.Day)).Distinct().Order())
        {
            List<LlmCall> OfDay(IEnumerable<LlmCall> all) => [.. all.Where(call => MeasureFacts.Floor(call.StartedAt, LlmBucket.Day) == day)];
            expected.AddRange(groups.Take(3).Select(group => (day, false, group.Keys, OfDay(group.Calls))));
            expected.Add((day, true, [], OfDay(groups.Skip(3).SelectMany(group => group.Calls))));
        }

        expected.RemoveAll(row => row.Calls.Count == 0);
        expected.Count.ShouldBeGreaterThan(8);
        answer.Rows.Count.ShouldBe(expected.Count);
        foreach (var (row, (bucket, isOther, keys, members)) in answer.Rows.Zip(expected))
        {
            row.Bucket.ShouldBe(bucket);
            row.IsOther.ShouldBe(isOther);
            row.Keys.ToArray().ShouldBe(keys);
            MeasureFacts.ShouldBe(row.Measures, members, percentiles: true);
        }
    }

    [Fact]
    public async Task The_previous_period_is_the_equally_long_one_just_before()
    {
        var (_, store, calls) = await FilledAsync(300);
        var (from, to) = (Now.AddHours(40), Now.AddHours(70));
        var current = calls.Where(call => call.StartedAt >= from && call.StartedAt < to).ToList();
        var before = calls.Where(call => call.StartedAt >= Now.AddHours(10) && call.StartedAt < from).ToList();
        var request = new LlmAggregateRequest
        {
            Filter = new LlmFilter { From = from, To = to },
            GroupBy = [LlmField.Tenant, LlmField.Feature],
            Top = 20,
            ComparePrevious = true,
            Percentiles = true,
        };
        var answer = await store.AggregateAsync(request, Cancel);

        MeasureFacts.ShouldBe(answer.Total, current, percentiles: true);
        MeasureFacts.ShouldBe(answer.Previous.ShouldNotBeNull(), before, percentiles: true);
        var groups = MeasureFacts.Groups(current, request.GroupBy, request.TopBy);
        ShouldBeGroups([.. answer.Rows.Where(row => !row.IsOther)], groups[..20], percentiles: true);
        foreach (var row in answer.Rows.Where(row => !row.IsOther))
        {
            List<LlmCall> earlier = [.. before.Where(call => row.Keys.SequenceEqual(MeasureFacts.Keys(call, request.GroupBy)))];
            MeasureFacts.ShouldBe(row.Previous.ShouldNotBeNull(), earlier, percentiles: true);
        }

        answer.Rows[^1].IsOther.ShouldBeTrue();
        answer.Rows[^1].Previous.ShouldBeNull();
    }

    [Fact]
    public async Task A_group_without_calls_before_has_zeros_as_its_previous()
    {
        var (_, store, calls) = await FilledAsync(100);
        var first = calls.Min(call => call.StartedAt);
        var request = new LlmAggregateRequest
        {
            Filter = new LlmFilter { From = first, To = first.AddDays(4) },
            GroupBy = [LlmField.Outcome],
            ComparePrevious = true,
        };
        var answer = await store.AggregateAsync(request, Cancel);

        answer.Rows.Count.ShouldBe(4);
        answer.Rows.ShouldAllBe(row => row.Previous == new LlmMeasures());
        answer.Previous.ShouldBe(new LlmMeasures());
    }

    [Theory]
    [InlineData("model")]
    [InlineData("user")]
    [InlineData("streaming")]
    [InlineData("tag.team")]
    public async Task Distinct_values_come_most_frequent_first_then_by_value(string fieldName)
    {
        var (_, store, calls) = await FilledAsync(200);
        var field = LlmField.Parse(fieldName);
        var filter = Where(LlmField.Cached, LlmOperator.In, "false");
        var expected = MeasureFacts.Distinct(calls.Where(call => !call.Cached), field, "");
        expected.Count.ShouldBeGreaterThan(1);

        var all = await store.DistinctAsync(new LlmDistinctRequest { Field = field, Filter = filter, Limit = expected.Count }, Cancel);
        all.Values.ToList().ShouldBe(expected);
        all.HasMore.ShouldBeFalse();

        var some = await store.DistinctAsync(new LlmDistinctRequest { Field = field, Filter = filter, Limit = expected.Count - 1 }, Cancel);
        some.Values.ToList().ShouldBe(expected[..^1]);
        some.HasMore.ShouldBeTrue();
    }

    [Theory]
    [InlineData("user", "user")]
    [InlineData("user", "user_")]
    [InlineData("user", "%")]
    [InlineData("model", "模")]
    [InlineData("model", "GPT")]
    [InlineData("streaming", "t")]
    [InlineData("tag.team", "'; DROP")]
    public async Task Distinct_values_can_be_asked_for_by_prefix(string fieldName, string prefix)
    {
        var (_, store, calls) = await FilledAsync(200);
        var field = LlmField.Parse(fieldName);
        var answer = await store.DistinctAsync(new LlmDistinctRequest { Field = field, Prefix = prefix }, Cancel);

        answer.Values.ToList().ShouldBe(MeasureFacts.Distinct(calls, field, prefix));
        answer.HasMore.ShouldBeFalse();
    }

    private static void ShouldBeGroups(
        IReadOnlyList<LlmAggregateRow> rows, List<(string?[] Keys, List<LlmCall> Calls)> groups, bool percentiles)
    {
        rows.Count.ShouldBe(groups.Count);
        foreach (var (row, (keys, members)) in rows.Zip(groups))
        {
            row.Keys.ToArray().ShouldBe(keys);
            row.Bucket.ShouldBeNull();
            row.IsOther.ShouldBeFalse();
            MeasureFacts.ShouldBe(row.Measures, members, percentiles);
        }
    }
}
