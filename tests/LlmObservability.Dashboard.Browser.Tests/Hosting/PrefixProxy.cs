using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Dashboard.Browser.Tests.Hosting;

/// <summary>A proxy that takes requests below /outer and hands them on without it, which the server behind never learns.</summary>
internal sealed class PrefixProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private PrefixProxy(WebApplication app, Uri target)
    {
        _app = app;
        app.Map("/outer/{**path}", context => ForwardAsync(context, target));
    }

    public Uri Address => new(_app.Urls.Single() + "/outer/");

    public static async Task<PrefixProxy> StartAsync(Uri target)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var proxy = new PrefixProxy(builder.Build(), target);
        await proxy._app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, Uri target)
    {
        var path = context.Request.Path.Value!["/outer/".Length..];
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target, path + context.Request.QueryString));
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
