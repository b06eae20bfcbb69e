using LlmObservability.Postgres;
using LlmObservability.Queries;

namespace LlmObservability.Postgres.Tests.Reading;

/// <summary>What the server does for the questions of a dashboard: with literal values, and with a plan that was made for any values.</summary>
public sealed class PostgresPlanTests(ExplainedDatabase database) : IClassFixture<ExplainedDatabase>
{
    private static readonly LlmField Plan = LlmField.Tag("plan");
    private static readonly LlmField Job = LlmField.Tag("job");

    private DateTimeOffset End => database.End;

    private LlmFilter LastDay => new() { From = End.AddDays(-1), To = End };

    private LlmFilter LastMonth => new() { From = End.AddDays(-ExplainedDatabase.Days), To = End };

    public static TheoryData<string, bool> Questions(params string[] names)
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in names)
        {
            data.Add(name, false);
            data.Add(name, true);
        }

        return data;
    }

    public static TheoryData<string, bool> Aggregates => Questions("overview", "hours", "models and hours", "tenants", "errors", "users", "plans");

    public static TheoryData<string, bool> Lists => Questions(
        "half", "common", "rare", "none", "user", "session", "conversation", "trace", "failed", "newest", "two conditions");

    [Theory]
    [MemberData(nameof(Aggregates))]
    public async Task A_rolled_up_answer_reads_no_call_of_whole_hours_and_few_at_the_ends(string name, bool generic)
    {
        foreach (var filter in new[] { LastDay, LastMonth })
        {
            // Of a tag, the first hour with sums is read from the calls: they may hold a part of it.
            var whole = await ExplainAsync(generic, Request(name) with { Filter = filter });
            ExplainedDatabase.DaysOf(whole).ShouldBeSubsetOf(name == "plans" ? [ExplainedDatabase.Name(LastMonth.From!.Value)] : [], whole);

            var (from, to) = (filter.From!.Value.AddMinutes(30.3), filter.To!.Value.AddMinutes(-5.5));
            var ends = await ExplainAsync(generic, Request(name) with { Filter = new LlmFilter { From = from, To = to } });
            string[] days = [ExplainedDatabase.Name(from), ExplainedDatabase.Name(to), ExplainedDatabase.Name(from - (to - from)), ExplainedDatabase.Name(End)];
            ExplainedDatabase.DaysOf(ends).ShouldBeSubsetOf(name == "overview" ? days : days[..2], ends);
        }
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_finds_its_calls_by_an_index_and_in_few_partitions(string name, bool generic)
    {
        foreach (var filter in new[] { LastMonth, LlmFilter.None, LastDay })
        {
            var plan = await ExplainListAsync(generic, filter with { Conditions = Conditions(name) }, null);
            var scans = ExplainedDatabase.Scans(plan);
            var empty = ExplainedDatabase.Name(End);
            scans.ShouldAllBe(scan => !scan.StartsWith("Seq Scan", StringComparison.Ordinal) || string.CompareOrdinal(scan.Substring(scan.Length - 8), empty) >= 0, plan);
            if (name is "half" or "newest" or "failed")
            {
                // Near enough not to look further than a day back from now, or ahead of it: there are empty partitions.
                ExplainedDatabase.DaysOf(plan).Count.ShouldBeLessThanOrEqualTo(name == "failed" ? 11 : 5, plan);
            }
            else if (name == "rare" && filter != LastDay)
            {
                scans.ShouldContain(scan => scan.StartsWith("Bitmap Heap Scan", StringComparison.Ordinal), plan);
                plan.ShouldContain("_tags_idx");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_anywhere_reads_what_it_shows(bool generic)
    {
        foreach (var daysBack in new[] { 0, 15, 29 })
        {
            var request = new LlmListRequest { Filter = LastMonth };
            var at = End.AddDays(-daysBack).AddHours(-7);
            var cursor = new LlmCursor("started_at", true, null, at, LlmCallId.Create(at), LlmCursor.HashOf(request));
            var plan = await ExplainListAsync(generic, LastMonth, cursor);

            ExplainedDatabase.DaysOf(plan).Count.ShouldBe(1, plan);
            ExplainedDatabase.Scans(plan).ShouldHaveSingleItem().ShouldStartWith("Index Scan Backward");
            plan.ShouldContain("rows=51");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_other_filter_reads_only_its_own_days(bool generic)
    {
        var request = new LlmAggregateRequest
        {
            Filter = LastDay with
            {
                Conditions = [new(Plan, LlmOperator.In, "pro"), new(LlmField.User, LlmOperator.NotIn, "user-1"), new(LlmField.Model, LlmOperator.In, "model-1")],
            },
            GroupBy = [LlmField.Route],
            Percentiles = true,
        };
        var plan = await ExplainAsync(generic, request);
        ExplainedDatabase.DaysOf(plan).ShouldBe([ExplainedDatabase.Name(End.AddDays(-1))], plan);

        var all = await ExplainAsync(generic, request with { Filter = request.Filter with { From = null, To = null } });
        var bound = ExplainedDatabase.Name(DateTimeOffset.UtcNow - database.Options.MaxScanWindow);
        // The oldest partition is looked at once: whether anything is left out.
        ExplainedDatabase.DaysOf(all).Where(day => string.CompareOrdinal(day, bound) < 0).Count().ShouldBeLessThanOrEqualTo(1, all);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_call_is_found_in_its_partition(bool generic)
    {
        var id = await IdAsync();
        var plan = await database.ExplainAsync(generic, async (asking, token) =>
        {
            var statement = new PostgresStatement();
            var condition = statement.IdCondition(id, "id", "started_at");
            await asking.ReadAsync(statement, $"SELECT id FROM llm.calls WHERE {condition}", reader => reader.GetGuid(0), token, byIndex: true);
        });

        ExplainedDatabase.Scans(plan).ShouldHaveSingleItem().ShouldContain("Index");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Distinct_values_of_dimensions_read_no_call(bool generic)
    {
        var request = new LlmDistinctRequest { Field = LlmField.Tenant, Filter = LastMonth, Prefix = "tenant-1" };
        var plan = await database.ExplainAsync(generic, (asking, token) =>
            new PostgresDistinct(asking, database.Names, database.Options, DateTimeOffset.UtcNow).RunAsync(request, token));

        ExplainedDatabase.Scans(plan).ShouldBeEmpty(plan);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Tools_are_read_of_their_own_days_and_of_few_calls_by_an_index(bool generic, bool narrow)
    {
        var from = narrow ? End.AddHours(-6.25) : End.AddDays(-1);
        var filter = new LlmFilter { From = from, To = narrow ? End.AddHours(-6) : End };
        foreach (var conditions in new LlmCondition[][] { [], [new(LlmField.Model, LlmOperator.In, "model-1")] })
        {
            var plan = await database.ExplainAsync(generic, (asking, token) =>
                new PostgresTools(asking, database.Names, database.Options, DateTimeOffset.UtcNow)
                    .RunAsync(new LlmToolsRequest { Filter = filter with { Conditions = conditions } }, token));

            ExplainedDatabase.DaysOf(plan).ShouldBe([ExplainedDatabase.Name(from)], plan);
            var toolDays = plan.Split('\n').Where(line => line.Contains(" on tool_calls_", StringComparison.Ordinal) && !line.Contains("never executed", StringComparison.Ordinal)).ToList();
            toolDays.ShouldAllBe(line => line.Contains("tool_calls_" + ExplainedDatabase.Name(from), StringComparison.Ordinal), plan);
            if (narrow)
            {
                ExplainedDatabase.Scans(plan).ShouldAllBe(scan => scan.StartsWith("Index", StringComparison.Ordinal) || scan.StartsWith("Bitmap", StringComparison.Ordinal), plan);
                toolDays.ShouldAllBe(line => line.Contains("Index", StringComparison.Ordinal), plan);
            }
        }
    }

    private static LlmAggregateRequest Request(string name) => name switch
    {
        "overview" => new LlmAggregateRequest { Percentiles = true, ComparePrevious = true },
        "hours" => new LlmAggregateRequest { Bucket = LlmBucket.Hour },
        "models and hours" => new LlmAggregateRequest { GroupBy = [LlmField.Model], Bucket = LlmBucket.Hour, Percentiles = true },
        "tenants" => new LlmAggregateRequest { GroupBy = [LlmField.Tenant, LlmField.Environment, LlmField.Model] },
        "errors" => new LlmAggregateRequest { GroupBy = [LlmField.ErrorType], TopBy = LlmTopBy.Failed },
        "users" => new LlmAggregateRequest { GroupBy = [LlmField.User], Measures = LlmMeasureSet.Spend, TopBy = LlmTopBy.Cost },
        _ => new LlmAggregateRequest { GroupBy = [Plan], Measures = LlmMeasureSet.Spend, TopBy = LlmTopBy.Cost },
    };

    private static LlmCondition[] Conditions(string name) => name switch
    {
        "half" => [new(Plan, LlmOperator.In, "pro")],
        "common" => [new(Job, LlmOperator.In, "common")],
        "rare" => [new(Job, LlmOperator.In, "rare")],
        "none" => [new(Job, LlmOperator.In, "none")],
        "user" => [new(LlmField.User, LlmOperator.In, "user-7")],
        "session" => [new(LlmField.Session, LlmOperator.In, "session-77")],
        "conversation" => [new(LlmField.Conversation, LlmOperator.In, "conversation-77")],
        "trace" => [new(LlmField.TraceId, LlmOperator.In, "no such trace")],
        "failed" => [new(LlmField.Outcome, LlmOperator.In, "failed")],
        "two conditions" => [new(Job, LlmOperator.In, "rare"), new(LlmField.Model, LlmOperator.In, "model-1")],
        _ => [],
    };

    private Task<string> ExplainAsync(bool generic, LlmAggregateRequest request) => database.ExplainAsync(generic, (asking, token) =>
        new PostgresAggregator(asking, database.Names, database.Options, DateTimeOffset.UtcNow).RunAsync(request, token));

    private Task<string> ExplainListAsync(bool generic, LlmFilter filter, LlmCursor? cursor) => database.ExplainAsync(generic, (asking, token) =>
        // Not long after the newest calls, whatever the hour is.
        new PostgresLister(asking, database.Names, database.Options.MaxScanWindow, End.AddHours(1))
            .ReadAsync(filter, new LlmOrder(LlmField.StartedAt, true), 51, cursor, token));

    private async Task<Guid> IdAsync()
    {
        await using var store = new PostgresLlmStore(database.Source, database.Options);
        return (await store.ListAsync(new LlmListRequest { Limit = 1 }, TestContext.Current.CancellationToken)).Calls[0].Id;
    }
}
