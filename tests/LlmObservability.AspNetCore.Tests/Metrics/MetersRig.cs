using System.Diagnostics.Metrics;
using System.Text;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.AspNetCore.Tests.Metrics;

/// <summary>A collector and a meter of the library's name, with instruments of the test's own: what comes of any measurement.</summary>
internal sealed class MetersRig : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public MetersRig(Action<LlmMetricsOptions>? configure = null)
    {
        var options = new LlmMetricsOptions();
        configure?.Invoke(options);
        Factory = _services.GetRequiredService<IMeterFactory>();
        Meter = Factory.Create(LlmTelemetry.MeterName);
        Collector = new MetricsCollector(Factory, options, Log);
    }

    public IMeterFactory Factory { get; }

    public Meter Meter { get; }

    public RecordedLog Log { get; } = new();

    public MetricsCollector Collector { get; }

    public Exposition Read(bool openMetrics) => Exposition.Parse(Text(openMetrics), openMetrics);

    public string Text(bool openMetrics)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        Collector.Write(new ExpositionWriter(body, openMetrics));
        // As a scraper decodes it: what is no UTF-8 is an error.
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body.WrittenSpan);
    }

    public void Dispose()
    {
        Collector.Dispose();
        _services.Dispose();
    }
}
