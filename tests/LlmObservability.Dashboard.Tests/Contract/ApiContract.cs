using System.Text.Json;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Queries;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <summary>What the API answers, over any store: inherit it, add a fresh and empty store each time.</summary>
public abstract partial class ApiContract
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract void AddStore(ILlmObservabilityBuilder builder);

    protected Task<ApiHost> StartAsync(Action<LlmDashboardOptions>? configure = null) => ApiHost.StartAsync(AddStore, configure);

    private static List<Guid> Ids(IEnumerable<JsonElement> calls) => [.. calls.Select(call => call.GetProperty("id").GetGuid())];

    private static List<Guid> Ids(IEnumerable<LlmCall> calls) => [.. calls.Select(call => call.Id)];

    private static string Encode(string text) => Uri.EscapeDataString(text);

    private static async Task<List<JsonElement>> PagesAsync(ApiHost host, string query, int limit)
    {
        var calls = new List<JsonElement>();
        string? cursor = null;
        for (var pages = 0; pages < 1_000; pages++)
        {
            var page = await host.Client.GetAsync($"calls?limit={limit}{query}{(cursor is null ? "" : "&cursor=" + cursor)}");
            calls.AddRange(page.GetProperty("calls").EnumerateArray());
            if (!page.TryGetProperty("next", out var next))
            {
                return calls;
            }

            cursor = next.GetString();
        }

        throw new InvalidOperationException("The pages have no end.");
    }

    private static string Name(LlmOperator op) => op switch
    {
        LlmOperator.NotIn => "not_in.",
        LlmOperator.AtLeast => "at_least.",
        LlmOperator.Below => "below.",
        LlmOperator.StartsWith => "starts_with.",
        _ => "",
    };
}
