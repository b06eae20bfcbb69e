using Microsoft.Extensions.Hosting;

namespace LlmObservability.Faults.Child;

/// <summary>The application's own work in the host.</summary>
internal sealed class ProducerService(Producers producers) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => producers.RunAsync(stoppingToken);
}
