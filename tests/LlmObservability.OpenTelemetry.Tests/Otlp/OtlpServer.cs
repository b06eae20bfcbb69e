using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>An OTLP server on this machine that answers as the test says.</summary>
internal sealed class OtlpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpReceived> _received = new();
    private readonly ConcurrentQueue<OtlpReceived> _taken = new();

    private OtlpServer(WebApplication app, Func<OtlpServer, OtlpReceived, HttpContext, Task>? answer)
    {
        _app = app;
        Answer = answer ?? ((server, request, http) => server.TakeAsync(request, http));
        app.Run(HandleAsync);
    }

    public Func<OtlpServer, OtlpReceived, HttpContext, Task> Answer { get; set; }

    /// <summary>All requests that came whole.</summary>
    public IReadOnlyList<OtlpReceived> Received => [.. _received];

    /// <summary>Those that were taken.</summary>
    public IReadOnlyList<OtlpReceived> Taken => [.. _taken];

    public IReadOnlyList<string> TakenUids => [.. Taken.SelectMany(request => request.Uids)];

    public Uri Address => new(_app.Urls.Single());

    public static async Task<OtlpServer> StartAsync(
        Func<OtlpServer, OtlpReceived, HttpContext, Task>? answer = null, int port = 0, X509Certificate2? certificate = null, bool wantsClientCertificate = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = wantsClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }));
        var server = new OtlpServer(builder.Build(), answer);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>A port where nobody listens now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public Task TakeAsync(OtlpReceived request, HttpContext http)
    {
        _taken.Enqueue(request);
        return SayAsync(http, 200, "{}");
    }

    /// <summary>Takes it, and says so in other words.</summary>
    public Task TakeAsync(OtlpReceived request, HttpContext http, string answer, string? type = "application/json")
    {
        _taken.Enqueue(request);
        return SayAsync(http, 200, answer, type);
    }

    public static async Task SayAsync(HttpContext http, int status, string body, string? type = "application/json")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        await http.Response.WriteAsync(body);
    }

    public static Task SayAsync(HttpContext http, int status, string header, string value, string body)
    {
        http.Response.Headers[header] = value;
        return SayAsync(http, status, body);
    }

    public static string Seconds(int seconds) => seconds.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        var stream = http.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(http.Request.Body, CompressionMode.Decompress) : http.Request.Body;
        await stream.CopyToAsync(body);
        var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var request = new OtlpReceived(http.Request.Path, headers, body.ToArray());
        _received.Enqueue(request);
        await Answer(this, request, http);
    }
}
