using Microsoft.Extensions.AI;
using WebApi;

// Try:  curl -i 'http://127.0.0.1:5080/ask?question=Why&tenant=acme'
//       curl -i 'http://127.0.0.1:5080/stream?question=Why'
//       curl    'http://127.0.0.1:5080/metrics'
var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseUrls("http://127.0.0.1:5080");
builder.Logging.ClearProviders().AddJsonConsole(console => console.IncludeScopes = true);
builder.Services.AddSingleton<IChatClient>(_ => new EchoChatClient());
builder.Services
    .AddLlmObservability(options =>
    {
        options.CallLogLevel = LogLevel.Information;
        options.CallLogScope = true;
    })
    .ObserveChatClients()
    .AddAspNetCore(options =>
    {
        options.Requests.Tenant = context => context.Request.Query["tenant"];
        options.Metrics.GatewayNames = true;
    });

var app = builder.Build();
app.UseLlmObservability();
app.MapGet("/ask", async (string question, IChatClient client, CancellationToken cancelled) =>
    (await client.GetResponseAsync(question, cancellationToken: cancelled)).Text);
app.MapGet("/stream", async (string question, IChatClient client, HttpResponse response, CancellationToken cancelled) =>
{
    await foreach (var update in client.GetStreamingResponseAsync(question, cancellationToken: cancelled))
    {
        await response.WriteAsync(update.Text, cancelled);
    }
});
app.MapLlmMetrics("/metrics");
await app.RunAsync();
