using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Testing.Stores;

/// <content>Filters, order and pages.</content>
public abstract partial class LlmStoreContract
{
    [Fact]
    public async Task Every_operator_selects_what_it_says_on_every_field()
    {
        var (_, store, calls) = await FilledAsync(150);
        foreach (var field in CallFacts.Fields)
        {
            foreach (var (op, values) in ConditionsOn(field, calls))
            {
                var expected = calls.Where(call => CallFacts.Meets(call, field, op, values));
                var filter = Where(field, op, [.. values.Select(CallFacts.Text)]);
                var page = await store.ListAsync(new LlmListRequest { Filter = filter, Limit = 1000 }, Cancel);

                ShouldBeTheSame(
                    page.Calls,
                    CallFacts.Ordered(expected, LlmField.StartedAt, descending: true),
                    $"{field} {op} {string.Join(" | ", values)}");
            }
        }
    }

    [Fact]
    public async Task All_conditions_must_hold_also_several_on_one_field()
    {
        var (_, store, calls) = await FilledAsync(200);
        var filter = new LlmFilter
        {
            From = calls.Min(call => call.StartedAt).AddHours(10),
            To = calls.Min(call => call.StartedAt).AddHours(60),
            Conditions =
            [
                new(LlmField.DurationUs, LlmOperator.AtLeast, "10000000"),
                new(LlmField.DurationUs, LlmOperator.Below, "40000000"),
                new(LlmField.Outcome, LlmOperator.In, "completed", "failed"),
                new(LlmField.Model, LlmOperator.NotIn, "gpt-4.1"),
            ],
        };
        var expected = calls.Where(call =>
            call.StartedAt >= filter.From && call.StartedAt < filter.To
            && call.Duration.TotalSeconds is >= 10 and < 40
            && (call.Outcome is LlmOutcome.Completed or LlmOutcome.Failed)
            && call.Model != "gpt-4.1").ToList();

        expected.ShouldNotBeEmpty();
        ShouldBeTheSame(await ExportAsync(store, filter), CallFacts.Ordered(expected, LlmField.StartedAt, descending: false));
    }

    [Fact]
    public async Task From_is_inclusive_and_to_is_exclusive_whatever_the_offset()
    {
        var (_, store, calls) = await FilledAsync(50);
        var ordered = CallFacts.Ordered(calls, LlmField.StartedAt, descending: false);
        var (from, to) = (ordered[15].StartedAt, ordered[35].StartedAt);
        var filter = new LlmFilter { From = from.ToOffset(TimeSpan.FromHours(9)), To = to.ToOffset(TimeSpan.FromHours(-5)) };

        var expected = ordered.Where(call => call.StartedAt >= from && call.StartedAt < to).ToList();
        expected.Count.ShouldBeGreaterThan(10);
        ShouldBeTheSame(await ExportAsync(store, filter), expected);
        (await ExportAsync(store, new LlmFilter { From = from, To = from })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Bounds_finer_than_a_microsecond_are_exact()
    {
        var (_, store, calls) = await FilledAsync(50);
        var ordered = CallFacts.Ordered(calls, LlmField.StartedAt, descending: false);
        var bound = ordered[20].StartedAt.AddTicks(1);

        ShouldBeTheSame(await ExportAsync(store, new LlmFilter { From = bound }), ordered.Where(call => call.StartedAt >= bound));
        ShouldBeTheSame(await ExportAsync(store, new LlmFilter { To = bound }), ordered.Where(call => call.StartedAt < bound));
        ShouldBeTheSame(
            await ExportAsync(store, Where(LlmField.StartedAt, LlmOperator.Below, CallFacts.Text(bound))),
            ordered.Where(call => call.StartedAt < bound));
    }

    [Theory]
    [InlineData(ScriptedCalls.LooksLikeSql)]
    [InlineData("' OR '1'='1")]
    [InlineData("100%_\\done")]
    [InlineData("red\"}")]
    public async Task A_value_that_looks_like_a_query_is_only_a_value(string value)
    {
        var (_, store, calls) = await FilledAsync(150);
        foreach (var field in new[] { CallFacts.Team, LlmField.Feature, LlmField.Tag(value) })
        {
            foreach (var op in new[] { LlmOperator.In, LlmOperator.NotIn, LlmOperator.StartsWith })
            {
                var expected = calls.Where(call => field.TagKey == value
                    ? op == LlmOperator.NotIn
                    : CallFacts.Meets(call, field, op, value));
                ShouldBeTheSame(
                    await ExportAsync(store, Where(field, op, value)),
                    CallFacts.Ordered(expected, LlmField.StartedAt, descending: false),
                    $"{field} {op}");
            }
        }

        (await ExportAsync(store, LlmFilter.None)).Count.ShouldBe(150);
    }

    [Fact]
    public async Task A_tag_key_with_quotes_is_only_a_key()
    {
        var (_, store, calls) = await FilledAsync(100);
        var expected = calls.Where(call => call.Tags.TryGetCustom("we\"ird'key; --", out _)).ToList();

        expected.ShouldNotBeEmpty();
        ShouldBeTheSame(
            await ExportAsync(store, Where(LlmField.Tag("we\"ird'key; --"), LlmOperator.In, "値")),
            CallFacts.Ordered(expected, LlmField.StartedAt, descending: false));
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("user_")]
    [InlineData("user%")]
    [InlineData("\\")]
    [InlineData("")]
    public async Task A_prefix_is_taken_letter_by_letter(string prefix)
    {
        var (_, store, calls) = await FilledAsync(150);
        var expected = calls.Where(call => CallFacts.Meets(call, LlmField.User, LlmOperator.StartsWith, prefix));
        ShouldBeTheSame(
            await ExportAsync(store, Where(LlmField.User, LlmOperator.StartsWith, prefix)),
            CallFacts.Ordered(expected, LlmField.StartedAt, descending: false));
    }

    [Fact]
    public async Task Every_field_orders_both_ways_with_missing_values_last_and_pages_that_add_up()
    {
        var (_, store, calls) = await FilledAsync(110);
        foreach (var field in LlmField.All)
        {
            foreach (var descending in new[] { false, true })
            {
                var request = new LlmListRequest { Order = new LlmOrder(field, descending), Limit = 40 };
                ShouldBeTheSame(await ReadAllAsync(store, request), CallFacts.Ordered(calls, field, descending), $"{field} {descending}");
            }
        }
    }

    [Fact]
    public async Task A_list_is_newest_first_by_default_fifty_to_a_page()
    {
        var (_, store, calls) = await FilledAsync(70);
        var page = await store.ListAsync(new LlmListRequest(), Cancel);

        page.Next.ShouldNotBeNull();
        ShouldBeTheSame(page.Calls, CallFacts.Ordered(calls, LlmField.StartedAt, descending: true).Take(50));
    }

    [Fact]
    public async Task A_page_that_ends_with_the_last_call_has_no_next()
    {
        var (_, store, _) = await FilledAsync(20);

        (await store.ListAsync(new LlmListRequest { Limit = 20 }, Cancel)).Next.ShouldBeNull();
        (await store.ListAsync(new LlmListRequest { Limit = 19 }, Cancel)).Next.ShouldNotBeNull();
        (await store.ListAsync(new LlmListRequest { Filter = Where(LlmField.Model, LlmOperator.In, "none") }, Cancel)).Next.ShouldBeNull();
    }

    [Theory]
    [InlineData("started_at", true)]
    [InlineData("started_at", false)]
    [InlineData("model", true)]
    [InlineData("duration_us", false)]
    [InlineData("time_to_first_token_us", true)]
    public async Task Pages_neither_repeat_nor_skip_a_call_while_others_are_inserted(string fieldName, bool descending)
    {
        var field = LlmField.Parse(fieldName);
        var (sink, store, calls) = await FilledAsync(60);
        var request = new LlmListRequest { Order = new LlmOrder(field, descending), Limit = 7 };
        var inserted = ScriptedCalls.Create(60, seed: 9);
        var seen = new List<LlmCall>();
        var all = calls.ToList();
        for (var pages = 0; pages == 0 || request.Cursor is not null; pages++)
        {
            var page = await store.ListAsync(request, Cancel);
            var expected = CallFacts.Ordered(all, field, descending);
            var start = seen.Count == 0 ? 0 : expected.IndexOf(seen[^1]) + 1;
            ShouldBeTheSame(page.Calls, expected.Skip(start).Take(7));
            seen.AddRange(page.Calls);
            request = request with { Cursor = page.Next };
            if (pages < 6)
            {
                // Ten more calls, some before the cursor and some after it.
                var batch = new LlmBatch(Writer, 61 + (pages * 10), [.. inserted.Skip(pages * 10).Take(10)]);
                await sink.WriteAsync(batch, Cancel);
                all.AddRange(batch.Envelopes.Cast<LlmCallEnvelope>().Select(envelope => envelope.Call));
            }
        }

        seen.Select(call => call.Id).Distinct().Count().ShouldBe(seen.Count);
        calls.ShouldAllBe(call => seen.Contains(call));
    }

    [Fact]
    public async Task An_export_gives_all_calls_of_a_filter_oldest_first()
    {
        var (_, store, calls) = await FilledAsync(300);
        ShouldBeTheSame(await ExportAsync(store, LlmFilter.None), CallFacts.Ordered(calls, LlmField.StartedAt, descending: false));
        ShouldBeTheSame(
            await ExportAsync(store, Where(LlmField.Streaming, LlmOperator.In, "true")),
            CallFacts.Ordered(calls.Where(call => call.Streaming), LlmField.StartedAt, descending: false));
    }

    private static IEnumerable<(LlmOperator Op, object[] Values)> ConditionsOn(LlmField field, List<LlmCall> calls)
    {
        var present = calls.Select(call => CallFacts.Read(call, field)).OfType<object>().Distinct().ToList();
        present.ShouldNotBeEmpty($"the script gives {field} no value");
        present.Sort(CallFacts.Compare);
        var (low, middle) = (present[0], present[present.Count / 2]);
        yield return (LlmOperator.Missing, []);
        yield return (LlmOperator.Present, []);
        yield return (LlmOperator.In, [middle]);
        yield return (LlmOperator.In, [low, present[^1]]);
        yield return (LlmOperator.NotIn, [middle]);
        yield return (LlmOperator.NotIn, [.. present.Take(100)]);
        if (field.Type is LlmFieldType.Integer or LlmFieldType.Number or LlmFieldType.Time)
        {
            yield return (LlmOperator.AtLeast, [middle]);
            yield return (LlmOperator.Below, [middle]);
            yield return (LlmOperator.AtLeast, [present[^1]]);
            yield return (LlmOperator.Below, [low]);
        }
        else if (field.Type == LlmFieldType.Text)
        {
            yield return (LlmOperator.In, ["no such value"]);
            yield return (LlmOperator.StartsWith, [((string)middle)[..Math.Min(2, ((string)middle).Length)]]);
            yield return (LlmOperator.StartsWith, [((string)middle).ToUpperInvariant()]);
        }
    }
}
