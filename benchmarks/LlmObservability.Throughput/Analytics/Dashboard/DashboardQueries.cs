using LlmObservability.Queries;
using LlmObservability.Throughput.Analytics.Generation;

namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>The questions that a dashboard asks, with their bounds.</summary>
internal static class DashboardQueries
{
    private const double DayBound = 50;
    private const double MonthBound = 150;
    private const double AnyFilterBound = 1_000;
    private const double ListBound = 10;
    private const int PageSize = 50;

    // Who looks at the last day or month does so at any second.
    private static readonly TimeSpan BetweenMinutes = TimeSpan.FromSeconds(1_217.3);

    private static readonly LlmField Plan = LlmField.Tag(OwnTags.PlanKey);
    private static readonly LlmField Job = LlmField.Tag(OwnTags.JobKey);

    public static IEnumerable<DashboardQuery> Over(FilledRange range) =>
    [
        .. Aggregates("24 h", range.LastDay, DayBound),
        .. Aggregates("30 days", range.LastMonth, MonthBound),
        .. AnyFilter(range),
        .. Lists(range),
        .. Pages(range),
    ];

    private static IEnumerable<DashboardQuery> Aggregates(string window, LlmFilter filter, double bound)
    {
        DashboardQuery Aggregate(string name, LlmAggregateRequest request) =>
            new($"{name}, {window}", bound, async store => await store.AggregateAsync(request with { Filter = filter }, CancellationToken.None));
        DashboardQuery By(params LlmField[] fields) =>
            Aggregate("by " + string.Join(" and ", fields.Select(field => field.Name)), new LlmAggregateRequest { GroupBy = fields });
        DashboardQuery CostBy(LlmField field) =>
            Aggregate("cost by " + field.Name, new LlmAggregateRequest { GroupBy = [field], TopBy = LlmTopBy.Cost, Top = 20, Measures = LlmMeasureSet.Spend });
        DashboardQuery Distinct(string name, LlmField field, string? prefix) =>
            new($"{name}, {window}", bound, async store => await store.DistinctAsync(
                new LlmDistinctRequest { Field = field, Filter = filter, Prefix = prefix, Limit = 20 }, CancellationToken.None));

        var overview = new LlmAggregateRequest { Percentiles = true, ComparePrevious = true };
        yield return Aggregate("overview, percentiles, previous period", overview);
        var between = new LlmFilter { From = filter.From - BetweenMinutes, To = filter.To - BetweenMinutes };
        yield return new DashboardQuery(
            $"overview, edges at any second, {window}", bound, async store => await store.AggregateAsync(overview with { Filter = between }, CancellationToken.None));
        yield return Aggregate("histograms, percentiles, previous period", overview with { Histograms = true });
        yield return Aggregate("by hour", new LlmAggregateRequest { Bucket = LlmBucket.Hour });
        yield return Aggregate("by day", new LlmAggregateRequest { Bucket = LlmBucket.Day });
        yield return Aggregate(
            "by model and hour, percentiles", new LlmAggregateRequest { GroupBy = [LlmField.Model], Bucket = LlmBucket.Hour, Percentiles = true });
        yield return Aggregate(
            "by model and day, percentiles", new LlmAggregateRequest { GroupBy = [LlmField.Model], Bucket = LlmBucket.Day, Percentiles = true });
        yield return Aggregate("by route, percentiles", new LlmAggregateRequest { GroupBy = [LlmField.Route], Percentiles = true });
        yield return By(LlmField.Tenant);
        yield return By(LlmField.Feature, LlmField.Variant);
        yield return By(LlmField.Service, LlmField.ServiceVersion);
        yield return Aggregate("by error_type, failed most", new LlmAggregateRequest { GroupBy = [LlmField.ErrorType], TopBy = LlmTopBy.Failed });
        yield return By(LlmField.FinishReason);
        yield return By(LlmField.Environment);
        yield return CostBy(Plan);
        yield return CostBy(Job);
        yield return CostBy(LlmField.User);
        yield return Distinct("distinct models", LlmField.Model, null);
        yield return Distinct("distinct tenants that begin with 'a'", LlmField.Tenant, "a");
    }

    private static IEnumerable<DashboardQuery> AnyFilter(FilledRange range)
    {
        DashboardQuery Filtered(string name, LlmOperator users, LlmAggregateRequest request)
        {
            var filter = range.LastDay with
            {
                Conditions =
                [
                    new LlmCondition(Plan, LlmOperator.In, OwnTags.ProPlan),
                    new LlmCondition(LlmField.User, users, range.User),
                    new LlmCondition(LlmField.Model, LlmOperator.In, ModelProfile.All[0].ResponseModel),
                ],
            };
            return new DashboardQuery(name, AnyFilterBound, async store =>
                await store.AggregateAsync(request with { Filter = filter }, CancellationToken.None));
        }

        var byRoute = new LlmAggregateRequest { GroupBy = [LlmField.Route], Bucket = LlmBucket.Hour, Percentiles = true };
        yield return Filtered("tag x user x model, percentiles, 24 h", LlmOperator.In, new LlmAggregateRequest { Percentiles = true });
        yield return Filtered("tag x not user x model, by route and hour, 24 h", LlmOperator.NotIn, byRoute);
        yield return Filtered("tag x not user x model, histograms, 24 h", LlmOperator.NotIn, new LlmAggregateRequest { Histograms = true });
        yield return new DashboardQuery(
            "tools, 24 h", AnyFilterBound, async store => await store.ToolsAsync(new LlmToolsRequest { Filter = range.LastDay }, CancellationToken.None));
    }

    private static IEnumerable<DashboardQuery> Lists(FilledRange range)
    {
        DashboardQuery Newest(string name, params LlmCondition[] conditions) => new(
            $"newest {PageSize} {name}, 30 days",
            ListBound,
            async store => await store.ListAsync(
                new LlmListRequest { Filter = range.LastMonth with { Conditions = conditions }, Limit = PageSize }, CancellationToken.None));

        yield return Newest("by a tag of 50%", new LlmCondition(Plan, LlmOperator.In, OwnTags.ProPlan));
        yield return Newest("by a tag of 1%", new LlmCondition(Job, LlmOperator.In, OwnTags.CommonJob));
        yield return Newest("by a tag of 0.001%", new LlmCondition(Job, LlmOperator.In, OwnTags.RareJob));
        yield return Newest("by a tag of none", new LlmCondition(Job, LlmOperator.In, OwnTags.NoJob));
        yield return Newest("by user", new LlmCondition(LlmField.User, LlmOperator.In, range.User));
        yield return Newest("by conversation", new LlmCondition(LlmField.Conversation, LlmOperator.In, range.Conversation));
        yield return Newest("failed", new LlmCondition(LlmField.Outcome, LlmOperator.In, "failed"));
        yield return new DashboardQuery("one call with all that belongs to it", ListBound, async store =>
            await store.GetAsync(range.Middle.Id, CancellationToken.None));
    }

    private static IEnumerable<DashboardQuery> Pages(FilledRange range)
    {
        DashboardQuery Page(string name, LlmCall? after)
        {
            var first = new LlmListRequest { Filter = range.LastMonth, Limit = PageSize };
            var request = after is null ? first : first with { Cursor = LlmCursor.After(after, first).ToString() };
            return new DashboardQuery($"page {name}, 30 days", ListBound, async store => await store.ListAsync(request, CancellationToken.None));
        }

        yield return Page("at the newest", null);
        yield return Page("in the middle", range.Middle);
        yield return Page("at the end", range.Oldest);
    }
}
