namespace LlmObservability.Throughput.Analytics.Dashboard;

/// <summary>Two runs over tables of different size: what grows with the window stays, what grows with the table does not.</summary>
internal static class QueryComparison
{
    public static async Task<bool> RunAsync(string before, string after)
    {
        var (small, large) = (await QueryFigures.ReadAsync(before), await QueryFigures.ReadAsync(after));
        Report.Line($"queries over {small.Calls:N0} and {large.Calls:N0} calls, {(double)large.Calls / small.Calls:F2} times as many; milliseconds");
        Report.Line($"  {"query",-52} {"median",9} {"median",9} {"ratio",7} {"p95",9} {"p95",9} {"ratio",7}");
        var smaller = small.Queries.ToDictionary(figure => figure.Name);
        List<double> ratios = [];
        foreach (var figure in large.Queries)
        {
            if (smaller.GetValueOrDefault(figure.Name) is not { } other)
            {
                Report.Line($"  {figure.Name,-52} is only in {after}");
                continue;
            }

            ratios.Add(figure.Median / other.Median);
            Report.Line($"  {figure.Name,-52} {other.Median,9:F2} {figure.Median,9:F2} {figure.Median / other.Median,7:F2} {other.P95,9:F2} {figure.P95,9:F2} {figure.P95 / other.P95,7:F2}");
        }

        if (ratios.Count > 0)
        {
            Report.Line($"ratio of the medians: median {Report.Median(ratios):F2}, from {ratios.Min():F2} to {ratios.Max():F2}");
        }

        return ratios.Count > 0;
    }
}
