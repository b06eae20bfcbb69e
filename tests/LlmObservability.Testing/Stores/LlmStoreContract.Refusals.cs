using LlmObservability.Queries;

namespace LlmObservability.Testing.Stores;

/// <content>Requests that cannot be answered, each refused by the name of its parameter.</content>
public abstract partial class LlmStoreContract
{
    private static readonly DateTimeOffset Now = ScriptedCalls.TenDaysAgo;

    public static TheoryData<string, string> RefusedLists => new()
    {
        { "limit 0", "limit" }, { "limit 1001", "limit" }, { "order by tag", "order" }, { "from after to", "from" },
        { "33 conditions", "filter" }, { "no value", "filter" }, { "101 values", "filter" }, { "missing with value", "filter" },
        { "two bounds", "filter" }, { "bound on text", "filter" }, { "prefix on number", "filter" }, { "bad integer", "filter" },
        { "bad number", "filter" }, { "bad boolean", "filter" }, { "bad time", "filter" }, { "time without offset", "filter" },
        { "bad id", "filter" }, { "nul in text", "filter" }, { "unknown operator", "filter" },
    };

    [Theory]
    [MemberData(nameof(RefusedLists))]
    public async Task A_list_that_cannot_be_answered_names_its_parameter(string what, string parameter)
    {
        LlmListRequest Filtered(LlmField field, LlmOperator op, params string[] values) => new() { Filter = Where(field, op, values) };
        var request = what switch
        {
            "limit 0" => new LlmListRequest { Limit = 0 },
            "limit 1001" => new LlmListRequest { Limit = 1001 },
            "order by tag" => new LlmListRequest { Order = new LlmOrder(CallFacts.Team, false) },
            "from after to" => new LlmListRequest { Filter = new LlmFilter { From = Now, To = Now.AddTicks(-1) } },
            "33 conditions" => new LlmListRequest
            {
                Filter = new LlmFilter { Conditions = [.. Enumerable.Repeat(new LlmCondition(LlmField.Model, LlmOperator.Present), 33)] },
            },
            "no value" => Filtered(LlmField.Model, LlmOperator.In),
            "101 values" => Filtered(LlmField.Model, LlmOperator.NotIn, [.. Enumerable.Repeat("a", 101)]),
            "missing with value" => Filtered(LlmField.Model, LlmOperator.Missing, "a"),
            "two bounds" => Filtered(LlmField.DurationUs, LlmOperator.AtLeast, "1", "2"),
            "bound on text" => Filtered(LlmField.Model, LlmOperator.AtLeast, "a"),
            "prefix on number" => Filtered(LlmField.DurationUs, LlmOperator.StartsWith, "1"),
            "bad integer" => Filtered(LlmField.DurationUs, LlmOperator.In, "1.5"),
            "bad number" => Filtered(LlmField.OutputTokensPerSecond, LlmOperator.Below, "NaN"),
            "bad boolean" => Filtered(LlmField.Streaming, LlmOperator.In, "yes"),
            "bad time" => Filtered(LlmField.StartedAt, LlmOperator.Below, "yesterday"),
            "time without offset" => Filtered(LlmField.StartedAt, LlmOperator.Below, "2025-01-01T00:00:00"),
            "bad id" => Filtered(LlmField.Id, LlmOperator.In, "42"),
            "nul in text" => Filtered(CallFacts.Team, LlmOperator.In, "a\0b"),
            _ => Filtered(LlmField.Model, (LlmOperator)99, "a"),
        };

        var (_, store) = await EmptyAsync();
        (await Should.ThrowAsync<LlmQueryException>(async () => await store.ListAsync(request, Cancel))).Parameter.ShouldBe(parameter);
        if (parameter is not ("limit" or "order"))
        {
            // The same filter is refused wherever one is taken.
            var aggregate = new LlmAggregateRequest { Filter = request.Filter };
            var distinct = new LlmDistinctRequest { Field = LlmField.Model, Filter = request.Filter };
            var tools = new LlmToolsRequest { Filter = request.Filter };
            (await Should.ThrowAsync<LlmQueryException>(async () => await store.AggregateAsync(aggregate, Cancel))).Parameter.ShouldBe(parameter);
            (await Should.ThrowAsync<LlmQueryException>(async () => await store.DistinctAsync(distinct, Cancel))).Parameter.ShouldBe(parameter);
            (await Should.ThrowAsync<LlmQueryException>(async () => await store.ToolsAsync(tools, Cancel))).Parameter.ShouldBe(parameter);
            (await Should.ThrowAsync<LlmQueryException>(() => ExportAsync(store, request.Filter))).Parameter.ShouldBe(parameter);
        }
    }

    [Fact]
    public async Task An_aggregate_that_cannot_be_answered_names_its_parameter()
    {
        var (_, store) = await EmptyAsync();
        var day = new LlmFilter { From = Now, To = Now.AddDays(1) };
        var refused = new (string Parameter, LlmAggregateRequest Request)[]
        {
            ("top", new() { Top = 0 }),
            ("top", new() { Top = 1001 }),
            ("top_by", new() { TopBy = (LlmTopBy)99 }),
            ("group_by", new() { GroupBy = [LlmField.Model, LlmField.User, LlmField.Tenant, LlmField.Outcome] }),
            ("group_by", new() { GroupBy = [LlmField.DurationUs] }),
            ("group_by", new() { GroupBy = [LlmField.StartedAt] }),
            ("group_by", new() { GroupBy = [LlmField.Id] }),
            ("bucket", new() { Filter = day, Bucket = (LlmBucket)99 }),
            ("bucket", new() { Filter = day with { To = Now.AddMinutes(10_001) }, Bucket = LlmBucket.Minute }),
            ("bucket", new() { Filter = new() { From = Now.AddSeconds(30), To = Now.AddSeconds(30).AddMinutes(10_000) }, Bucket = LlmBucket.Minute }),
            ("from", new() { Filter = day with { From = null }, Bucket = LlmBucket.Hour }),
            ("to", new() { Filter = day with { To = null }, Bucket = LlmBucket.Hour }),
            ("from", new() { Filter = day with { From = null }, ComparePrevious = true }),
            ("to", new() { Filter = day with { To = null }, ComparePrevious = true }),
            ("compare_previous", new() { Filter = day, Bucket = LlmBucket.Hour, ComparePrevious = true }),
        };
        foreach (var (parameter, request) in refused)
        {
            var exception = await Should.ThrowAsync<LlmQueryException>(async () => await store.AggregateAsync(request, Cancel), parameter);
            exception.Parameter.ShouldBe(parameter);
        }

        var most = new LlmAggregateRequest { Filter = day with { To = Now.AddMinutes(10_000) }, Bucket = LlmBucket.Minute };
        (await store.AggregateAsync(most, Cancel)).Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_for_distinct_values_that_cannot_be_answered_names_its_parameter()
    {
        var (_, store) = await EmptyAsync();
        var refused = new (string Parameter, LlmDistinctRequest Request)[]
        {
            ("field", new() { Field = LlmField.DurationUs }),
            ("field", new() { Field = LlmField.Id }),
            ("limit", new() { Field = LlmField.Model, Limit = 0 }),
            ("limit", new() { Field = LlmField.Model, Limit = 1001 }),
            ("prefix", new() { Field = LlmField.Model, Prefix = "a\0" }),
        };
        foreach (var (parameter, request) in refused)
        {
            (await Should.ThrowAsync<LlmQueryException>(async () => await store.DistinctAsync(request, Cancel))).Parameter.ShouldBe(parameter);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task A_request_for_tools_that_cannot_be_answered_names_its_parameter(int top)
    {
        var (_, store) = await EmptyAsync();
        var exception = await Should.ThrowAsync<LlmQueryException>(async () => await store.ToolsAsync(new LlmToolsRequest { Top = top }, Cancel));
        exception.Parameter.ShouldBe("top");
    }

    [Fact]
    public async Task A_cursor_that_was_changed_is_refused()
    {
        var (_, store, _) = await FilledAsync(20);
        var request = new LlmListRequest { Limit = 5, Order = new LlmOrder(LlmField.Model, false) };
        var cursor = (await store.ListAsync(request, Cancel)).Next.ShouldNotBeNull();
        var changed = Enumerable.Range(0, cursor.Length)
            .Select(i => cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..])
            .Concat(["", "x", "ü", cursor[..^1], cursor + "A", cursor + "=", " " + cursor, new string('A', 100_000)]);
        foreach (var text in changed)
        {
            var exception = await Should.ThrowAsync<LlmQueryException>(
                async () => await store.ListAsync(request with { Cursor = text }, Cancel), text);
            exception.Parameter.ShouldBe("cursor");
        }

        (await store.ListAsync(request with { Cursor = cursor }, Cancel)).Calls.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_cursor_serves_only_the_filter_and_order_it_was_made_for()
    {
        var (_, store, _) = await FilledAsync(60);
        var filter = new LlmFilter { Conditions = [new(LlmField.Cached, LlmOperator.In, "false"), new(LlmField.User, LlmOperator.NotIn, "a", "b")] };
        var request = new LlmListRequest { Filter = filter, Limit = 5 };
        var cursor = (await store.ListAsync(request, Cancel)).Next;
        var others = new[]
        {
            request with { Filter = LlmFilter.None },
            request with { Filter = filter with { From = Now } },
            request with { Filter = filter with { Conditions = [filter.Conditions[0]] } },
            request with { Filter = filter with { Conditions = [filter.Conditions[0], new(LlmField.User, LlmOperator.NotIn, "ab")] } },
            request with { Filter = filter with { Conditions = [filter.Conditions[0], new(LlmField.Tenant, LlmOperator.NotIn, "a", "b")] } },
            request with { Order = request.Order with { Descending = false } },
            request with { Order = new LlmOrder(LlmField.DurationUs, true) },
        };
        foreach (var other in others)
        {
            var exception = await Should.ThrowAsync<LlmQueryException>(async () => await store.ListAsync(other with { Cursor = cursor }, Cancel));
            exception.Parameter.ShouldBe("cursor");
        }

        // Another limit is no other query.
        (await store.ListAsync(request with { Cursor = cursor, Limit = 6 }, Cancel)).Calls.Count.ShouldBe(6);
    }
}
