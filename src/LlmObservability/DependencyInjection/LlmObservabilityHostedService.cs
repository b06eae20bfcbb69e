using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmObservability.DependencyInjection;

/// <summary>
/// Starts the pipeline with the host and drains it last: after every other hosted service, the web server among them, has
/// stopped, so that calls ending during shutdown are still written.
/// </summary>
internal sealed class LlmObservabilityHostedService(LlmObserver observer, IOptions<LlmObservabilityOptions> options) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Pipeline.FailFast)
        {
            await observer.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }

        observer.Start();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => observer.StopAsync(cancellationToken);
}
