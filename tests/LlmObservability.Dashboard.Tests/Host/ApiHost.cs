using LlmObservability.Dashboard.Tests.Description;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Dashboard.Tests.Host;

/// <summary>An application with the API, over a real server on 127.0.0.1.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private static readonly Guid Writer = new("11111111-2222-7333-8444-666666666666");

    private readonly WebApplication _app;
    private long _number;

    private ApiHost(WebApplication app, RecordedLog log)
    {
        _app = app;
        Log = log;
        Address = new Uri(app.Urls.Single() + "/");
        Client = new ApiClient(new Uri(Address, "llm/api/v1/"));
    }

    public RecordedLog Log { get; }

    public Uri Address { get; }

    /// <summary>Asks the API, and holds every answer against its description.</summary>
    public ApiClient Client { get; }

    public ILlmStore Store => _app.Services.GetRequiredService<ILlmStore>();

    public LlmObserver Observer => _app.Services.GetRequiredService<LlmObserver>();

    public static async Task<ApiHost> StartAsync(
        Action<ILlmObservabilityBuilder>? addStore = null,
        Action<LlmDashboardOptions>? configure = null,
        string environment = "Development",
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication, IEndpointConventionBuilder>? mapped = null,
        Action<WebApplication>? before = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        var log = new RecordedLog();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        var observability = builder.Services.AddLlmObservability();
        addStore?.Invoke(observability);
        build?.Invoke(builder);
        var app = builder.Build();
        before?.Invoke(app);
        var convention = app.MapLlmObservability("/llm", options =>
        {
            // Tests ask as fast as they can.
            options.MaxRequestsPerSecond = 100_000;
            configure?.Invoke(options);
        });
        mapped?.Invoke(app, convention);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ApiHost(app, log);
    }

    /// <summary>Writes to the store itself, past the pipeline.</summary>
    public async Task WriteAsync(IReadOnlyList<LlmEnvelope> envelopes)
    {
        var sink = (ILlmSink)Store;
        await sink.PrepareAsync(TestContext.Current.CancellationToken);
        await sink.WriteAsync(new LlmBatch(Writer, _number + 1, envelopes), TestContext.Current.CancellationToken);
        _number += envelopes.Count;
    }

    public async Task<List<LlmCall>> FillAsync(int count, int seed = 1)
    {
        var envelopes = ScriptedCalls.Create(count, seed);
        await WriteAsync(envelopes);
        return [.. envelopes.Select(envelope => envelope.Call)];
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
