using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Browser.Tests.Hosting;

/// <summary>
/// The dashboard over PostgreSQL with calls of three days, half of them folded into rollups; what rollups do not answer is read of one
/// day only. Started with the first test that asks for it.
/// </summary>
public sealed class PostgresFigures : IAsyncLifetime
{
    private static readonly DateTimeOffset From = ScriptedCalls.TenDaysAgo;

    private readonly PostgresServer _server = new();
    private DashboardHost? _host;

    /// <summary>All of the calls' time, as it stands in an address.</summary>
    public static string Range { get; } = $"from={From:yyyy-MM-ddTHH:mm:ssZ}&to={From.AddDays(3):yyyy-MM-ddTHH:mm:ssZ}";

    public Uri Address => Host.Address;

    private DashboardHost Host => _host ?? throw new InvalidOperationException("The host has not started.");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _host = await DashboardHost.StartAsync(addStore: builder => builder.AddPostgres(_server.ConnectionString(), options => options.MaxScanWindow = TimeSpan.FromDays(1)));
        var calls = ScriptedCalls.Create(2_000);
        await _host.WriteAsync([.. calls.Take(1_000)]);
        await ((PostgresLlmStore)_host.Store).FoldRollupsAsync(Cancel);
        await _host.WriteAsync([.. calls.Skip(1_000)]);
    }

    /// <summary>What the store answers of calls with one value in a field.</summary>
    public async Task<LlmAggregate> AggregateAsync((string Field, string Value) filter, Func<LlmAggregateRequest, LlmAggregateRequest>? change = null)
    {
        var request = new LlmAggregateRequest
        {
            Filter = new LlmFilter { From = From, To = From.AddDays(3), Conditions = [new LlmCondition(LlmField.Parse(filter.Field), LlmOperator.In, filter.Value)] },
            Percentiles = true,
        };
        return await Host.Store.AggregateAsync(change?.Invoke(request) ?? request, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _server.DisposeAsync();
    }
}
