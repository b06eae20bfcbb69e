using LlmObservability.Dashboard.Browser.Tests.Browsing;
using LlmObservability.Dashboard.Browser.Tests.Hosting;
using LlmObservability.Queries;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests;

/// <summary>A store with calls of two periods, what it answers for the later, and what a screen shows of it.</summary>
internal sealed class StoreFigures(DashboardHost host)
{
    private static readonly DateTimeOffset From = ScriptedCalls.TenDaysAgo.AddHours(36);

    public static LlmFilter Period { get; } = new() { From = From, To = From.AddHours(36) };

    public static string Range { get; } = $"from={From:yyyy-MM-ddTHH:mm:ssZ}&to={From.AddHours(36):yyyy-MM-ddTHH:mm:ssZ}";

    public static async Task<(DashboardHost Host, StoreFigures Figures)> StartAsync()
    {
        var host = await DashboardHost.StartAsync();
        await host.WriteAsync(ScriptedCalls.Create(2_000));
        return (host, new StoreFigures(host));
    }

    public async Task<LlmAggregate> AggregateAsync(Func<LlmAggregateRequest, LlmAggregateRequest>? change = null)
    {
        var request = new LlmAggregateRequest { Filter = Period, Percentiles = true };
        return await host.Store.AggregateAsync(change?.Invoke(request) ?? request, TestContext.Current.CancellationToken);
    }

    public async Task<LlmTools> ToolsAsync() =>
        await host.Store.ToolsAsync(new LlmToolsRequest { Filter = Period }, TestContext.Current.CancellationToken);

    /// <summary>The cells of a table below a heading, row by row, as they are read.</summary>
    public static async Task<List<string[]>> TableAsync(DashboardPage page, string title)
    {
        var rows = page.Page.Locator("section.card").Filter(new() { Has = page.Page.GetByRole(AriaRole.Heading, new() { Name = title, Exact = true }) })
            .Locator("tbody tr");
        return [.. await rows.EvaluateAllAsync<string[][]>("rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))")];
    }

    /// <summary>The rows of a breakdown as it has to show them.</summary>
    public static List<string[]> Expected(LlmAggregate answer, params Func<LlmMeasures, string>[] columns) =>
    [
        .. answer.Rows.Select(row => (string[])
        [
            row.IsOther ? "all others" : Shown.Name(row.Keys[0]), .. columns.Select(column => column(row.Measures)),
        ]),
    ];

    /// <summary>A sum of costs; none where no call has one.</summary>
    public static decimal? Cost(LlmMeasures measures, Func<LlmCost, long>? part = null) =>
        measures.Priced == 0 && measures.Calls > 0 ? null : LlmCost.ToUsd((part ?? (cost => cost.TotalNanos))(measures.Cost));

    public static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
