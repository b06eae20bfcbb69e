using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// The metrics' own port: a server apart from the application's, which answers one path and knows nothing else. Where the port
/// cannot be had the application starts without it.
/// </summary>
internal sealed class MetricsListener(IOptions<LlmAspNetCoreOptions> options, IServiceProvider services, ILoggerFactory loggers)
    : IHostedService, IDisposable
{
    private readonly ILogger _logger = new GuardedLogger(loggers.CreateLogger(AspNetCoreMeter.Name));
    private KestrelServer? _server;

    /// <summary>Where it listens, once started; null where it does not.</summary>
    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var listener = options.Value.Metrics.Listener;
        if (!listener.Enabled)
        {
            return;
        }

        var end = new IPEndPoint(IPAddress.Parse(listener.Address), listener.Port);
        var kestrel = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = services };
        kestrel.Limits.MaxConcurrentConnections = 64;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Listen(end);
        _server = new KestrelServer(
            Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
        try
        {
            var answering = new Answering(services.GetRequiredService<MetricsEndpoint>(), listener.Path, [.. listener.AllowedHosts]);
            await _server.StartAsync(answering, cancellationToken).ConfigureAwait(false);
            Address = new Uri(new Uri(_server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()), listener.Path);
            _logger.MetricsListening(Address);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // Taken, not allowed, or no address of this machine.
            _logger.MetricsNotListening(end, error.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    private sealed class Answering(MetricsEndpoint endpoint, string path, string[] allowedHosts) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context)
        {
            if (!IsAllowed(context.Request.Host.Host))
            {
                context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
                return context.Response.WriteAsync($"Add the host's name to {LlmAspNetCoreOptions.SectionName}:Metrics:Listener:AllowedHosts.\n", context.RequestAborted);
            }

            if (context.Request.Path != path)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = "GET, HEAD";
                return Task.CompletedTask;
            }

            return endpoint.AnswerAsync(context);
        }

        // A name can be made to lead here by who owns it, and then a page of that name in a browser may read the answer. An
        // address cannot, and who sends none is no browser.
        private bool IsAllowed(string host)
        {
            return host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out _)
                || allowedHosts.Any(allowed => allowed == "*" || allowed.Equals(host, StringComparison.OrdinalIgnoreCase));
        }

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
