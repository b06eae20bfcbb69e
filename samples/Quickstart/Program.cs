using LlmObservability;
using Microsoft.Extensions.AI;
using Quickstart;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
{
    builder.WebHost.UseUrls("http://localhost:5210");
}

// Whatever client the application has; LlmObservability wraps it.
var provider = builder.Services.AddChatClient(builder.Configuration);
var observability = builder.Services.AddLlmObservability()
    .ObserveChatClients()
    .ObserveEmbeddingGenerators()
    .AddAspNetCore();
var store = builder.Configuration.GetConnectionString("Llm");
_ = store is null
    ? observability.AddFileStore(builder.Configuration["LlmObservability:File:Directory"] ?? Path.Combine(AppContext.BaseDirectory, "llm-calls"))
    : observability.AddPostgres(store);

var app = builder.Build();

// Route and tags of a request on every call that it makes.
app.UseLlmObservability();
app.MapPost("/ask", async (string question, string? user, IChatClient client, CancellationToken cancellationToken) =>
{
    using var scope = LlmScope.Begin(("user", user), ("feature", "ask"));
    var response = await client.GetResponseAsync(question, new ChatOptions().WithLlmTag("route", "/ask"), cancellationToken);
    var call = response.GetLlmCall();
    return Results.Ok(new { response.Text, call?.Id, Usd = call?.Cost?.TotalUsd });
});

// In Development anybody on this machine may look; elsewhere it answers 404 until RequireAuthorization is called here.
// LlmObservability:Dashboard:TraceUrl in appsettings.json says where a call's trace is shown.
app.MapLlmObservability("/llm");
app.MapLlmMetrics("/metrics");

await app.StartAsync();
var address = app.Urls.First();
Console.WriteLine($"""

    Dashboard  {address}/llm/
    Metrics    {address}/metrics
    Ask        curl -X POST '{address}/ask?question=Hello&user=me'
    Provider   {provider}
    Store      {(store is null ? "files" : "PostgreSQL")}

    Ctrl+C stops it.
    """);
await app.WaitForShutdownAsync();
