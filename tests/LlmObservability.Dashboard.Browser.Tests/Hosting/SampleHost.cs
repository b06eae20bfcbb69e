using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Dashboard.Browser.Tests.Hosting;

/// <summary>A host whose calls no test changes: 600 of three days, ten days ago, shared by all tests that only look.</summary>
public sealed class SampleHost : IAsyncLifetime
{
    private DashboardHost? _host;

    public IReadOnlyList<LlmCallEnvelope> Envelopes { get; } = ScriptedCalls.Create(600);

    public Uri Address => Host.Address;

    public ILlmStore Store => Host.Store;

    public static DateTimeOffset From => ScriptedCalls.TenDaysAgo;

    public static DateTimeOffset To => ScriptedCalls.TenDaysAgo.AddDays(3);

    /// <summary>The time of all calls, as an address has it.</summary>
    public static string Days { get; } = $"from={From:yyyy-MM-ddTHH:mm:ssZ}&to={To:yyyy-MM-ddTHH:mm:ssZ}";

    private DashboardHost Host => _host ?? throw new InvalidOperationException("The host has not started.");

    public async ValueTask InitializeAsync()
    {
        _host = await DashboardHost.StartAsync();
        await _host.WriteAsync(Envelopes);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }

    /// <summary>The ids of the calls of which conditions hold, newest first.</summary>
    internal async Task<List<Guid>> IdsAsync(params LlmCondition[] conditions)
    {
        var page = await Store.ListAsync(
            new LlmListRequest { Filter = new LlmFilter { From = From, To = To, Conditions = conditions }, Limit = 1_000 }, TestContext.Current.CancellationToken);
        return [.. page.Calls.Select(call => call.Id)];
    }
}
