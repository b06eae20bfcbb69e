using LlmObservability.Dashboard;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Throughput;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Api;

/// <summary>The API over a store, in this process and over a real connection.</summary>
internal sealed class MeasuredApi : IAsyncDisposable
{
    private const int BatchCalls = 1_000;

    private readonly WebApplication _app;
    private readonly SampleCalls _script = new(1);
    private readonly Guid _writer = Guid.NewGuid();
    private long _number;

    private MeasuredApi(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single() + "/llm/api/v1/");
    }

    public Uri Address { get; }

    public static async Task<MeasuredApi> StartAsync(Action<ILlmObservabilityBuilder> addStore)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        addStore(builder.Services.AddLlmObservability());
        var app = builder.Build();
        app.MapLlmObservability("/llm", options =>
        {
            options.AllowAnonymousAccess = true;
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            // Long enough to look at readers that do not read.
            options.SlowReaderTimeout = TimeSpan.FromMinutes(5);
        });
        await app.StartAsync();
        return new MeasuredApi(app);
    }

    public async Task FillAsync(int calls)
    {
        var sink = (ILlmSink)_app.Services.GetRequiredService<ILlmStore>();
        await sink.PrepareAsync(CancellationToken.None);
        for (var left = calls; left > 0; left -= BatchCalls)
        {
            var batch = new LlmBatch(_writer, _number + 1, _script.Create(Math.Min(left, BatchCalls)));
            await sink.WriteAsync(batch, CancellationToken.None);
            _number = batch.LastSequence;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
