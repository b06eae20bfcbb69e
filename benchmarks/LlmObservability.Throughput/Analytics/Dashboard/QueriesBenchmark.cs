using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Queries;

namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>Asks each of the dashboard's questions many times, one after the other.</summary>
internal sealed class QueriesBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    private const int LeastRuns = 3;

    public async Task<bool> RunAsync()
    {
        var calls = await database.CountAsync(AnalyticsStore.Schema);
        await using var store = await AnalyticsStore.OpenAsync(database, AnalyticsStore.Schema);
        await AnalyticsStore.SettleAsync(store);
        var sample = await FilledRange.FindAsync(store);
        Report.Line($"queries: over {calls:N0} calls up to {sample.To:u}, {options.Runs} runs each after a warm-up; milliseconds");
        Report.Line($"  {"query",-52} {"runs",5} {"median",9} {"p95",9} {"max",9} {"bound",7}");
        List<QueryFigure> figures = [];
        foreach (var query in DashboardQueries.Over(sample).Where(query => options.Only is not { } text || query.Name.Contains(text, StringComparison.OrdinalIgnoreCase)))
        {
            var figure = await MeasureAsync(store, query);
            figures.Add(figure);
            Report.Line($"  {figure.Name,-52} {figure.Runs,5} {figure.Median,9:F2} {figure.P95,9:F2} {figure.Max,9:F2} {figure.Bound,7:F0} {(figure.Holds ? "" : "missed")}");
        }

        Report.Line($"{figures.Count(figure => figure.Holds)} of {figures.Count} within their bound");
        if (options.Out is { } path)
        {
            await new QueryFigures(calls, figures).WriteAsync(path);
        }

        return figures.TrueForAll(figure => figure.Holds);
    }

    private async Task<QueryFigure> MeasureAsync(PostgresLlmStore store, DashboardQuery query)
    {
        await query.RunAsync(store);
        var begin = Stopwatch.GetTimestamp();
        List<double> times = [];
        while (times.Count < options.Runs && (times.Count < LeastRuns || Stopwatch.GetElapsedTime(begin) < options.Patience))
        {
            var asked = Stopwatch.GetTimestamp();
            await query.RunAsync(store);
            times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
        }

        return QueryFigure.Of(query, times);
    }
}
