using LlmObservability.OpenTelemetry.Tests.Decoding;
using LlmObservability.Queries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>The same calls sent twice: by the SDK as spans over gRPC, and by the library's own sink as JSON; beside what the store has.</summary>
internal sealed class SinkRun
{
    private SinkRun(Received received, IReadOnlyDictionary<string, LlmCallDetail> calls)
    {
        BySdk = received.Over("grpc");
        BySink = received.Over("http/json");
        Calls = calls;
    }

    public Received BySdk { get; }

    public Received BySink { get; }

    /// <summary>By kind of call.</summary>
    public IReadOnlyDictionary<string, LlmCallDetail> Calls { get; }

    /// <param name="signal">What the sink makes of records.</param>
    /// <param name="compression">How it compresses them.</param>
    /// <param name="traced">Whether somebody wants spans.</param>
    /// <param name="compatibility">What both add for back ends.</param>
    /// <param name="latest">Whether both name attributes after the newer conventions.</param>
    public static async Task<SinkRun> MakeAsync(
        OtlpSignal signal, OtlpCompression compression, bool traced, LlmCompatibility compatibility = LlmCompatibility.None, bool latest = false)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var receiver = await OtlpReceiver.StartAsync(cancel);
        var store = new InMemoryLlmStore();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Production" });
        builder.Services.AddLlmObservability(options =>
            {
                options.UserIds.HashKey = "0123456789abcdef";
                options.Telemetry.LatestConventions = latest;
                options.Telemetry.AddCompatibilityAttributes(compatibility);
            })
            .AddSink("memory", _ => store)
            .AddOtlp(options =>
            {
                options.Endpoint = receiver.Http;
                options.Signal = signal;
                options.Compression = compression;
                options.UseVariables = false;
                options.Compatibility = compatibility;
            });
        using var host = builder.Build();
        await host.StartAsync(cancel);
        var calls = new Dictionary<string, LlmCallDetail>();
        using (var tracing = traced ? Tracing(receiver.Grpc) : null)
        {
            var observer = host.Services.GetRequiredService<LlmObserver>();
            foreach (var kind in CallScenario.Kinds)
            {
                await new CallScenario(observer).RunAsync(kind, cancel);
                await observer.FlushAsync(cancel);
                var call = (await store.ListAsync(new LlmListRequest { Limit = 1 }, cancel)).Calls.Single();
                calls.Add(kind, (await store.GetAsync(call.Id, cancel)).ShouldNotBeNull());
            }
        }

        await host.StopAsync(cancel);
        return new SinkRun(await receiver.ReceivedAsync(cancel), calls);
    }

    private static TracerProvider Tracing(Uri grpc) => Sdk.CreateTracerProviderBuilder()
        .AddLlmObservabilityInstrumentation()
        .AddOtlpExporter(options => (options.Protocol, options.Endpoint) = (OtlpExportProtocol.Grpc, grpc))
        .Build();
}
