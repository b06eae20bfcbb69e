using LlmObservability;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OpenTelemetrySample;
using WebApi;

// Sends traces, metrics and logs over OTLP to http://localhost:4317, or to where OTEL_EXPORTER_OTLP_ENDPOINT says.
// Try:  curl 'http://127.0.0.1:5090/ask?question=Why&tenant=acme'
var builder = WebApplication.CreateBuilder(args);
if (string.IsNullOrEmpty(builder.Configuration["urls"]))
{
    builder.WebHost.UseUrls("http://127.0.0.1:5090");
}

// The application, as it was.
builder.Services.AddSingleton<IChatClient>(_ => new EchoChatClient());

// Its calls are observed. What a back end reads beside the GenAI conventions is asked for by name: "Langfuse", "OpenInference".
builder.Services
    .AddLlmObservability(options =>
    {
        options.CallLogLevel = LogLevel.Information;
        options.Telemetry.AddCompatibilityAttributes(builder.Configuration.GetValue("Compatibility", LlmCompatibility.None));
    })
    .AddInMemoryStore()
    .ObserveChatClients();

// OpenTelemetry: traces and metrics here, logs beside the console. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes last, and wins.
void Describe(ResourceBuilder resource) => resource.AddService("ask", serviceVersion: "1.0.0").AddEnvironmentVariableDetector();
using var telemetry = OpenTelemetrySdk.Create(sdk => sdk
    .ConfigureResource(Describe)
    .WithTracing(tracing => tracing
        .AddSource("Microsoft.AspNetCore", "System.Net.Http")
        .AddLlmObservabilityInstrumentation())
    .WithMetrics(metrics => metrics
        .AddMeter("Microsoft.AspNetCore.Hosting", "System.Net.Http")
        .AddLlmObservabilityInstrumentation()
        .SetExemplarFilter(ExemplarFilterType.TraceBased))
    .UseOtlpExporter());
builder.Logging.AddOpenTelemetry(logging =>
{
    var resource = ResourceBuilder.CreateDefault();
    Describe(resource);
    logging.SetResourceBuilder(resource).AddOtlpExporter();
});

var app = builder.Build();
// The last figures, while the meters are there to be read; spans and logs are sent when they are disposed.
app.Lifetime.ApplicationStopped.Register(() => telemetry.MeterProvider.ForceFlush());
app.UseInboundSpanNames();
app.MapGet("/ask", async (string question, string? tenant, IChatClient client, CancellationToken cancelled) =>
{
    using var scope = LlmScope.Begin(("tenant", tenant), ("route", "/ask"));
    return (await client.GetResponseAsync(question, cancellationToken: cancelled)).Text;
});
await app.RunAsync();
