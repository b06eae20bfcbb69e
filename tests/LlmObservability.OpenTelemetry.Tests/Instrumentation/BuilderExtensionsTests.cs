using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

[Collection(TelemetryTests.Name)]
public sealed class BuilderExtensionsTests
{
    [Fact]
    public void The_spans_of_calls_are_listened_to_and_no_others()
    {
        using var calls = new ActivitySource(LlmTelemetry.ActivitySourceName);
        using var others = new ActivitySource("Microsoft.AspNetCore");
        using var likeIt = new ActivitySource(LlmTelemetry.ActivitySourceName + ".Else");
        using var provider = Sdk.CreateTracerProviderBuilder().AddLlmObservabilityInstrumentation().AddLlmObservabilityInstrumentation().Build();

        calls.HasListeners().ShouldBeTrue();
        others.HasListeners().ShouldBeFalse();
        likeIt.HasListeners().ShouldBeFalse();
    }

    [Fact]
    public void A_span_is_exported_once_however_often_it_is_added()
    {
        var exported = new List<Activity>();
        using var source = new ActivitySource(LlmTelemetry.ActivitySourceName);
        using var exporter = new ListExporter<Activity>(exported);
        using var processor = new SimpleActivityExportProcessor(exporter);
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddLlmObservabilityInstrumentation().AddLlmObservabilityInstrumentation().AddProcessor(processor).Build();

        using (var span = source.StartActivity("chat once-" + Guid.NewGuid()))
        {
            span.ShouldNotBeNull();
        }

        exported.Count(span => span.OperationName.StartsWith("chat once-", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void The_meters_of_calls_pipeline_and_requests_are_listened_to_and_each_once()
    {
        var exported = new List<Metric>();
        using var exporter = new ListExporter<Metric>(exported);
        using var reader = new BaseExportingMetricReader(exporter);
        string[] names = [LlmTelemetry.MeterName, LlmTelemetry.PipelineMeterName, "LlmObservability.AspNetCore", "Another"];
        var meters = names.Select(name => new Meter(name)).ToList();
        var counters = meters.Select(meter => meter.CreateCounter<long>("instrumentation.test")).ToList();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddLlmObservabilityInstrumentation().AddLlmObservabilityInstrumentation().AddReader(reader).Build();

        counters.ForEach(counter => counter.Add(1));
        reader.Collect().ShouldBeTrue();

        var counted = exported.Where(metric => metric.Name == "instrumentation.test").ToList();
        counted.Select(metric => metric.MeterName).ShouldBe(names[..3], ignoreOrder: true);
        meters.ForEach(meter => meter.Dispose());
    }

    [Fact]
    public void A_builder_is_needed()
    {
        Should.Throw<ArgumentNullException>(() => ((TracerProviderBuilder)null!).AddLlmObservabilityInstrumentation()).ParamName.ShouldBe("builder");
        Should.Throw<ArgumentNullException>(() => ((MeterProviderBuilder)null!).AddLlmObservabilityInstrumentation()).ParamName.ShouldBe("builder");
    }

    private sealed class ListExporter<T>(List<T> list) : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            foreach (var item in batch)
            {
                list.Add(item);
            }

            return ExportResult.Success;
        }
    }
}
