using LlmObservability.OpenTelemetry.Tests.Decoding;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>
/// A web application under Kestrel, with OpenTelemetry's SDK and its exporter: one request for each kind of call, and what a
/// receiver was sent of them beside what the store has.
/// </summary>
public abstract class ExportedRun : IAsyncLifetime
{
    private readonly OtlpExportProtocol _protocol;

    protected ExportedRun(OtlpExportProtocol protocol) => _protocol = protocol;

    /// <summary>How it should have come.</summary>
    internal string Transport => _protocol == OtlpExportProtocol.Grpc ? "grpc" : "http/protobuf";

    internal Received Received { get; private set; } = null!;

    /// <summary>By kind of call.</summary>
    internal IReadOnlyDictionary<string, LlmCallDetail> Calls { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var receiver = await OtlpReceiver.StartAsync(cancel);
        var store = new InMemoryLlmStore();
        using (var telemetry = OpenTelemetrySdk.Create(sdk => sdk
            .ConfigureResource(resource => resource.AddService("shop", serviceVersion: "1.2.3"))
            .WithTracing(tracing => tracing.AddSource("Microsoft.AspNetCore").AddLlmObservabilityInstrumentation())
            .WithMetrics(metrics => metrics.AddLlmObservabilityInstrumentation().SetExemplarFilter(ExemplarFilterType.TraceBased))
            .WithLogging()
            .UseOtlpExporter(_protocol, _protocol == OtlpExportProtocol.Grpc ? receiver.Grpc : receiver.Http)))
        {
            await using var application = Application(store, telemetry.GetLoggerFactory());
            await application.StartAsync(cancel);
            using var http = new HttpClient { BaseAddress = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
            foreach (var kind in CallScenario.Kinds)
            {
                using var response = await http.PostAsync(new Uri("/calls/" + kind, UriKind.Relative), content: null, cancel);
                response.EnsureSuccessStatusCode();
            }

            await application.Services.GetRequiredService<LlmObserver>().FlushAsync(cancel);
            // While the application and its meters live: afterwards there is nothing to read.
            telemetry.MeterProvider.ForceFlush();
            await application.StopAsync(cancel);
        }

        Received = await receiver.ReceivedAsync(cancel);
        Calls = await CallsAsync(store, cancel);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static WebApplication Application(InMemoryLlmStore store, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLlmObservability(options =>
        {
            options.UserIds.HashKey = "0123456789abcdef";
            options.CallLogLevel = LogLevel.Information;
        }).AddSink("memory", _ => store);
        var application = builder.Build();
        application.MapPost("/calls/{kind}", async (string kind, LlmObserver observer, CancellationToken cancelled) =>
            await new CallScenario(observer).RunAsync(kind, cancelled));
        return application;
    }

    // Calls came one after the other, and so did their kinds.
    private static async Task<IReadOnlyDictionary<string, LlmCallDetail>> CallsAsync(InMemoryLlmStore store, CancellationToken cancellationToken)
    {
        var calls = new List<LlmCall>();
        await foreach (var call in store.ExportAsync(new LlmFilter(), cancellationToken))
        {
            calls.Add(call);
        }

        calls.Count.ShouldBe(CallScenario.Kinds.Count);
        var details = new Dictionary<string, LlmCallDetail>();
        foreach (var (kind, call) in CallScenario.Kinds.Zip(calls))
        {
            details.Add(kind, (await store.GetAsync(call.Id, cancellationToken)).ShouldNotBeNull());
        }

        return details;
    }
}

public sealed class ExportedOverHttp() : ExportedRun(OtlpExportProtocol.HttpProtobuf);

public sealed class ExportedOverGrpc() : ExportedRun(OtlpExportProtocol.Grpc);
