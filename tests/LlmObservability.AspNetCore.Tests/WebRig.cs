using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.AspNetCore.Tests;

/// <summary>An application on a real server, on a port of this machine that the system chose; its calls go to a sink that keeps them.</summary>
internal sealed class WebRig : IAsyncDisposable
{
    private WebRig(WebApplication app, ScriptedChatClient inner, RecordingSink sink, RecordedLog log)
    {
        App = app;
        Inner = inner;
        Sink = sink;
        Log = log;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public WebApplication App { get; }

    public HttpClient Http { get; }

    public ScriptedChatClient Inner { get; }

    public RecordingSink Sink { get; }

    public RecordedLog Log { get; }

    public IChatClient Client => App.Services.GetRequiredService<IChatClient>();

    /// <param name="map">Middleware and endpoints.</param>
    /// <param name="options">The package's options.</param>
    /// <param name="core">The core's options.</param>
    /// <param name="services">Services beside.</param>
    public static async Task<WebRig> StartAsync(
        Action<WebApplication> map,
        Action<LlmAspNetCoreOptions>? options = null,
        Action<LlmObservabilityOptions>? core = null,
        Action<IServiceCollection>? services = null)
    {
        var (inner, sink, log) = (new ScriptedChatClient(), new RecordingSink(), new RecordedLog());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "shop", EnvironmentName = "Staging" });
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.AddSingleton<IChatClient>(inner);
        builder.Services.AddLlmObservability(core)
            .AddSink(sink.Name, _ => sink)
            .ObserveChatClients()
            .AddAspNetCore(options);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync(Token);
        return new WebRig(app, inner, sink, log);
    }

    /// <summary>What was recorded so far.</summary>
    public async Task<IReadOnlyList<LlmCall>> CallsAsync()
    {
        await App.Services.GetRequiredService<LlmObserver>().FlushAsync(Token);
        return Sink.Calls;
    }

    public async Task<string> ScrapeAsync(string? accept = null, string path = "/metrics")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var response = await Http.SendAsync(request, Token);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
    }
}
