using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Throughput;

/// <summary>A receiver of OTLP that reads what comes and keeps nothing; it can answer nothing at all, or end connections.</summary>
internal sealed class DiscardingReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private TaskCompletionSource _healed = Healed();
    private long _bytes;
    private bool _hanging;

    private DiscardingReceiver(WebApplication application)
    {
        _application = application;
        application.Run(AnswerAsync);
    }

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Bytes of bodies that came.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public static async Task<DiscardingReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var receiver = new DiscardingReceiver(builder.Build());
        await receiver._application.StartAsync();
        var address = receiver._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        receiver.Address = new Uri(address);
        return receiver;
    }

    public void Forget() => Interlocked.Exchange(ref _bytes, 0);

    public void Break(bool hanging)
    {
        _hanging = hanging;
        _healed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Heal() => _healed.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Heal();
        await _application.DisposeAsync();
    }

    private static TaskCompletionSource Healed()
    {
        var healed = new TaskCompletionSource();
        healed.SetResult();
        return healed;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!_healed.Task.IsCompleted)
        {
            if (!_hanging)
            {
                context.Abort();
                return;
            }

            await _healed.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var buffer = new byte[64 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            Interlocked.Add(ref _bytes, read);
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("{}", context.RequestAborted);
    }
}
