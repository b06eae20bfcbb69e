using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Testing.Stores;

/// <content>Windows, dimensions and costs as dashboards ask for them, over calls of days ago and of the last hours.</content>
public abstract partial class LlmStoreContract
{
    private static readonly LlmField[] Dimensions =
    [
        LlmField.Model, LlmField.Provider, LlmField.Route, LlmField.Service, LlmField.ServiceVersion, LlmField.Environment, LlmField.Tenant,
        LlmField.Feature, LlmField.Config, LlmField.Variant, LlmField.Operation, LlmField.ErrorType, LlmField.FinishReason,
    ];

    private static readonly LlmField[] Others = [LlmField.User, LlmField.Outcome, LlmField.Streaming, CallFacts.Team];

    /// <summary>Makes a repricing count, however the store's owner does that.</summary>
    protected virtual async ValueTask RepriceAsync(ILlmSink sink, ILlmStore store, IReadOnlyList<LlmAmendment> repricings)
    {
        ArgumentNullException.ThrowIfNull(sink);
        await sink.WriteAsync(
            new LlmBatch(Guid.NewGuid(), 1, [.. repricings.Select(repricing => new LlmAmendmentEnvelope(repricing))]), Cancel);
    }

    /// <summary>Lets a store that sums what it holds do so.</summary>
    protected virtual ValueTask SettleAsync(ILlmStore store) => ValueTask.CompletedTask;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Any_window_any_dimensions_and_any_filter_measure_the_calls_that_they_say(int seed, bool settled)
    {
        var (store, calls) = await SpreadAsync(seed);
        if (settled)
        {
            await SettleAsync(store);
        }

        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var request = RandomRequest(random, calls);
            var answer = await store.AggregateAsync(request, Cancel);
            var inside = Inside(calls, request.Filter);
            ShouldAnswer(answer, request, inside);
            if (request.ComparePrevious)
            {
                var (from, to) = (request.Filter.From!.Value, request.Filter.To!.Value);
                var before = Inside(calls, request.Filter with { From = from - (to - from), To = from });
                MeasureFacts.ShouldBe(answer.Previous.ShouldNotBeNull(), before, request.Percentiles, request.Measures, request.Histograms);
                foreach (var row in answer.Rows.Where(row => !row.IsOther))
                {
                    List<LlmCall> earlier = [.. before.Where(call => row.Keys.SequenceEqual(MeasureFacts.Keys(call, request.GroupBy)))];
                    MeasureFacts.ShouldBe(row.Previous.ShouldNotBeNull(), earlier, request.Percentiles, request.Measures, request.Histograms);
                }
            }
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Distinct_values_of_any_window_are_those_of_its_calls(int seed, bool settled)
    {
        var (store, calls) = await SpreadAsync(seed);
        if (settled)
        {
            await SettleAsync(store);
        }

        var random = new Random(seed);
        foreach (var field in Dimensions.Concat(Others))
        {
            var filter = RandomFilter(random, calls, Dimensions);
            foreach (var prefix in new[] { "", "p", "'; " })
            {
                var answer = await store.DistinctAsync(new LlmDistinctRequest { Field = field, Filter = filter, Prefix = prefix }, Cancel);
                answer.Values.ToList().ShouldBe(MeasureFacts.Distinct(Inside(calls, filter), field, prefix), $"{field} {prefix}");
                answer.CappedFrom.ShouldBeNull();
            }
        }
    }

    [Theory]
    [InlineData("user", false)]
    [InlineData("user", true)]
    [InlineData("tag.team", false)]
    [InlineData("tag.team", true)]
    public async Task What_was_spent_by_a_value_is_what_its_calls_cost(string fieldName, bool settled)
    {
        var (store, calls) = await SpreadAsync(5);
        if (settled)
        {
            await SettleAsync(store);
        }

        var field = LlmField.Parse(fieldName);
        var (from, to) = (Now.AddHours(-7).AddMinutes(3.3), Now.AddDays(9).AddMinutes(-17.7));
        var some = calls.Select(call => CallFacts.Read(call, field)).OfType<string>().First();
        foreach (var condition in new LlmCondition?[] { null, new(field, LlmOperator.In, some), new(field, LlmOperator.Present) })
        {
            foreach (var topBy in new[] { LlmTopBy.Calls, LlmTopBy.Cost, LlmTopBy.Tokens })
            {
                foreach (var bucket in new[] { LlmBucket.None, LlmBucket.Hour, LlmBucket.Day })
                {
                    var request = new LlmAggregateRequest
                    {
                        Filter = new LlmFilter { From = from, To = to, Conditions = condition is null ? [] : [condition] },
                        GroupBy = [field],
                        Measures = LlmMeasureSet.Spend,
                        TopBy = topBy,
                        Bucket = bucket,
                        Top = 3,
                    };
                    ShouldAnswer(await store.AggregateAsync(request, Cancel), request, Inside(calls, request.Filter));
                }
            }
        }
    }

    [Fact]
    public async Task Aggregates_count_the_newest_repricing_and_lists_show_the_call_as_it_was()
    {
        var (sink, store, calls) = await FilledAsync(120);
        var random = new Random(3);
        var repricings = new List<LlmAmendment>();
        var effective = new List<LlmCall>();
        foreach (var call in calls)
        {
            LlmCost?[] costs = [.. Enumerable.Range(0, random.Next(3)).Select(LlmCost? (_) => random.Next(4) == 0
                ? null
                : new LlmCost { InputNanos = random.Next(1_000_000), CachedInputNanos = random.Next(1_000), OutputNanos = random.Next(9_000_000) })];
            repricings.AddRange(costs.Select((cost, i) => Repricing(call, cost, TimeSpan.FromHours(i + 1))));
            effective.Add(costs.Length == 0 ? call : call with { Cost = costs[^1] });
        }

        // What is no repricing changes nothing.
        var feedback = Repricing(calls[0], new LlmCost { OutputNanos = 5 }, TimeSpan.FromHours(9)) with { Kind = "feedback" };
        await sink.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [new LlmAmendmentEnvelope(feedback)]), Cancel);
        await RepriceAsync(sink, store, repricings);

        foreach (var filter in new[] { LlmFilter.None, new LlmFilter { From = Now.AddHours(-1), To = Now.AddDays(5) } })
        {
            foreach (var field in new[] { LlmField.Model, LlmField.Outcome })
            {
                var request = new LlmAggregateRequest { Filter = filter, GroupBy = [field], TopBy = LlmTopBy.Cost, Top = 3 };
                ShouldAnswer(await store.AggregateAsync(request, Cancel), request, effective);
            }
        }

        var priced = await ExportAsync(store, Where(LlmField.CostNanos, LlmOperator.Present));
        ShouldBeTheSame(priced, CallFacts.Ordered(calls.Where(call => call.Cost is not null), LlmField.StartedAt, descending: false));
        priced.ShouldAllBe(call => call.Cost == calls.Single(c => c.Id == call.Id).Cost);
    }

    private static LlmAmendment Repricing(LlmCall call, LlmCost? cost, TimeSpan after) => new()
    {
        Id = LlmCallId.Create(call.StartedAt + after),
        CallId = call.Id,
        CallStartedAt = call.StartedAt,
        CreatedAt = call.StartedAt + after,
        Kind = "repricing",
        Cost = cost,
        CostReason = cost is null ? LlmCostReason.UnknownModel : LlmCostReason.Priced,
    };

    private static List<LlmCall> Inside(IEnumerable<LlmCall> calls, LlmFilter filter) =>
    [
        .. calls.Where(call => !(call.StartedAt < filter.From) && !(call.StartedAt >= filter.To)
            && filter.Conditions.All(c => CallFacts.Meets(call, c.Field, c.Operator, [.. c.Values]))),
    ];

    private static LlmFilter RandomFilter(Random random, List<LlmCall> calls, LlmField[] fields)
    {
        // Whole hours and days too, since they may be answered otherwise than what is between.
        DateTimeOffset Time()
        {
            var time = calls[random.Next(calls.Count)].StartedAt.AddTicks(random.Next(-1, 2) * 10L * random.Next(100_000_000));
            return random.Next(4) switch
            {
                0 => MeasureFacts.Floor(time, LlmBucket.Hour),
                1 => MeasureFacts.Floor(time, LlmBucket.Day),
                _ => time,
            };
        }

        var (one, other) = (Time(), Time());
        return new LlmFilter
        {
            From = one < other ? one : other,
            To = one < other ? other : one,
            Conditions = [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomCondition(random, calls, fields[random.Next(fields.Length)]))],
        };
    }

    private static LlmCondition RandomCondition(Random random, List<LlmCall> calls, LlmField field)
    {
        var values = calls.Select(call => CallFacts.Read(call, field)).OfType<string>().Distinct().ToArray();
        return random.Next(5) switch
        {
            0 => new LlmCondition(field, LlmOperator.Missing),
            1 => new LlmCondition(field, LlmOperator.Present),
            2 => new LlmCondition(field, LlmOperator.StartsWith, values[random.Next(values.Length)] is { Length: > 1 } value && !char.IsSurrogate(value[0]) ? value[..1] : ""),
            3 => new LlmCondition(field, LlmOperator.NotIn, values[random.Next(values.Length)]),
            _ => new LlmCondition(field, LlmOperator.In, values[random.Next(values.Length)], values[random.Next(values.Length)]),
        };
    }

    private static LlmAggregateRequest RandomRequest(Random random, List<LlmCall> calls)
    {
        // Mostly of one kind of screen, so that a store which sums by some combinations of fields has them.
        LlmField[][] screens =
        [
            [LlmField.Environment, LlmField.Service, LlmField.ServiceVersion, LlmField.Operation, LlmField.Provider, LlmField.Model, LlmField.Route],
            [LlmField.Environment, LlmField.Tenant, LlmField.Provider, LlmField.Model],
            [LlmField.Environment, LlmField.Feature, LlmField.Config, LlmField.Variant, LlmField.Model],
            [LlmField.Environment, LlmField.Model, LlmField.Route, LlmField.ErrorType, LlmField.FinishReason],
            [LlmField.User, LlmField.Outcome, CallFacts.Team, LlmField.Model],
        ];
        var fields = screens[random.Next(screens.Length)];
        var filter = RandomFilter(random, calls, [.. fields.Where(field => field.Type == LlmFieldType.Text)]);
        var bucket = (LlmBucket)random.Next(4);
        if (bucket == LlmBucket.Minute && filter.To - filter.From >= TimeSpan.FromDays(6))
        {
            bucket = LlmBucket.Hour;
        }

        return new LlmAggregateRequest
        {
            Filter = filter,
            GroupBy = [.. Enumerable.Range(0, random.Next(4)).Select(_ => fields[random.Next(fields.Length)]).Distinct()],
            Bucket = bucket,
            Top = random.Next(3) == 0 ? 2 : 100,
            TopBy = (LlmTopBy)random.Next(5),
            Percentiles = random.Next(2) == 0,
            ComparePrevious = bucket == LlmBucket.None && random.Next(2) == 0,
            Histograms = random.Next(2) == 0,
        };
    }

    /// <summary>Whatever a store answers from, the rows are those of the calls.</summary>
    private static void ShouldAnswer(LlmAggregate answer, LlmAggregateRequest request, List<LlmCall> calls)
    {
        answer.CappedFrom.ShouldBeNull();
        MeasureFacts.ShouldBe(answer.Total, calls, request.Percentiles, request.Measures, request.Histograms);
        if (request.GroupBy.Count == 0 && request.Bucket == LlmBucket.None)
        {
            MeasureFacts.ShouldBe(answer.Rows.ShouldHaveSingleItem().Measures, calls, request.Percentiles, request.Measures, request.Histograms);
            return;
        }

        var groups = MeasureFacts.Groups(calls, request.GroupBy, request.TopBy);
        var expected = new List<(DateTimeOffset? Bucket, bool IsOther, string?[] Keys, List<LlmCall> Calls)>();
        var buckets = request.Bucket == LlmBucket.None
            ? new DateTimeOffset?[] { null }
            : [.. calls.Select(call => (DateTimeOffset?)MeasureFacts.Floor(call.StartedAt, request.Bucket)).Distinct().Order()];
        foreach (var bucket in buckets)
        {
            List<LlmCall> Of(IEnumerable<LlmCall> all) =>
                [.. all.Where(call => bucket is null || MeasureFacts.Floor(call.StartedAt, request.Bucket) == bucket)];
            expected.AddRange(groups.Take(request.Top).Select(group => (bucket, false, group.Keys, Of(group.Calls))));
            expected.Add((bucket, true, [], Of(groups.Skip(request.Top).SelectMany(group => group.Calls))));
        }

        expected.RemoveAll(row => row.Calls.Count == 0);
        answer.Rows.Select(row => row.Bucket).ToList().ShouldBe([.. expected.Select(row => row.Bucket)]);
        foreach (var (row, (_, isOther, keys, members)) in answer.Rows.Zip(expected))
        {
            row.IsOther.ShouldBe(isOther);
            row.Keys.ToArray().ShouldBe(keys);
            MeasureFacts.ShouldBe(row.Measures, members, request.Percentiles, request.Measures, request.Histograms);
        }
    }

    /// <summary>Calls of three days, ten days ago, and of the last fifty hours.</summary>
    private async Task<(ILlmStore Store, List<LlmCall> Calls)> SpreadAsync(int seed)
    {
        var (sink, store, calls) = await FilledAsync(250, seed);
        var recent = new ScriptedCalls(seed + 100, DateTimeOffset.UtcNow.AddHours(-50), TimeSpan.FromHours(50));
        LlmCallEnvelope[] envelopes = [.. Enumerable.Range(0, 250).Select(_ => recent.NextEnvelope())];
        await sink.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Cancel);
        return (store, [.. calls, .. envelopes.Select(envelope => envelope.Call)]);
    }
}
