using LlmObservability.Dashboard;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Throughput.Analytics.Pages;

/// <summary>An application with the dashboard over a store that is there, on a port of its own.</summary>
internal sealed class MeasuredDashboard : IAsyncDisposable
{
    private readonly WebApplication _application;

    private MeasuredDashboard(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Urls.Single() + "/");
    }

    public Uri Address { get; }

    public static async Task<MeasuredDashboard> StartAsync(ILlmStore store)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddLlmObservability().AddInMemoryStore();
        builder.Services.AddSingleton(store);
        var application = builder.Build();
        application.MapLlmObservability("/llm", dashboard =>
        {
            dashboard.AllowAnonymousAccess = true;
            dashboard.MaxRequestsPerSecond = 10_000;
        });
        await application.StartAsync();
        return new MeasuredDashboard(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
