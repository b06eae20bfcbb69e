using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Dashboard.Browser.Tests.Hosting;

/// <summary>An application with the dashboard, over a real server on 127.0.0.1.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private static readonly Guid Writer = new("11111111-2222-7333-8444-777777777777");

    private readonly WebApplication _app;
    private long _number;

    private DashboardHost(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single() + "/");
    }

    public Uri Address { get; }

    public ILlmStore Store => _app.Services.GetRequiredService<ILlmStore>();

    public LlmObserver Observer => _app.Services.GetRequiredService<LlmObserver>();

    public static async Task<DashboardHost> StartAsync(
        Action<WebApplication>? before = null, Action<ILlmObservabilityBuilder>? addStore = null, Action<LlmDashboardOptions>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        addStore ??= observability => observability.AddInMemoryStore(options => options.MaxCalls = 20_000);
        addStore(builder.Services.AddLlmObservability());
        var app = builder.Build();
        before?.Invoke(app);
        app.MapLlmObservability("/llm", options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(200);
            // Tests that run side by side share a host, and ask for more at once than readers do.
            options.MaxRequestsPerSecond = 10_000;
            options.MaxConcurrentRequests = 100;
            configure?.Invoke(options);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new DashboardHost(app);
    }

    /// <summary>Writes to the store itself, past the pipeline.</summary>
    public async Task WriteAsync(IReadOnlyList<LlmEnvelope> envelopes)
    {
        var sink = (ILlmSink)Store;
        await sink.PrepareAsync(TestContext.Current.CancellationToken);
        await sink.WriteAsync(new LlmBatch(Writer, _number + 1, envelopes), TestContext.Current.CancellationToken);
        _number += envelopes.Count;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
