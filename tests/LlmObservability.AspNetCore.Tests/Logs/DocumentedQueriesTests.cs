using System.Text.Json;
using System.Text.RegularExpressions;
using LlmObservability.AspNetCore.Tests.Requests;
using LlmObservability.Testing.Tools;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmObservability.AspNetCore.Tests.Logs;

/// <summary>The jq queries of docs/aspnetcore.md, as they stand there, over what the console's JSON formatter writes.</summary>
public sealed partial class DocumentedQueriesTests
{
    private static CancellationToken Token => WebRig.Token;

    [Fact]
    public async Task Each_finds_what_the_document_says_it_finds()
    {
        var log = new JsonLog();
        await using var rig = await StartAsync(log);
        using var first = await rig.Http.GetAsync(new Uri("/ask?tenant=acme", UriKind.Relative), Token);
        using var second = await rig.Http.GetAsync(new Uri("/ask?tenant=other", UriKind.Relative), Token);
        rig.Inner.Respond = (_, _, _) => throw new HttpRequestException("the prompt was", null, System.Net.HttpStatusCode.TooManyRequests);
        using var third = await rig.Http.GetAsync(new Uri("/ask?tenant=other", UriKind.Relative), Token);
        var calls = await rig.CallsAsync();
        calls.Count.ShouldBe(5);
        var (id, trace) = (calls[0].Id.ToString(), calls[0].TraceId!);
        trace.ShouldNotBe(calls[2].TraceId);
        var queries = await QueriesAsync();
        var jq = await Jq.InstallAsync();

        Task<string[]> Lines(string name) => RunAsync(jq, log.Text, queries[name], id, trace);
        (await Lines("calls")).ShouldBe(calls.Select(call => string.Join('\t',
            call.Id, call.Outcome.ToString().ToLowerInvariant(), call.RequestModel, call.Cost is null ? "" : "0.00021").TrimEnd()));
        var ofCall = (await Lines("call")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        ofCall.Select(line => line.GetProperty("Message").GetString()![..8]).ShouldBe(["inside 0", "LLM call"]);
        var ofTrace = await Lines("trace");
        ofTrace.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()![..8]).ShouldBe(
            ["inside 0", "LLM call", "inside 1", "LLM call", "answered"], ignoreOrder: true);
        (await Lines("request")).ShouldBe(ofTrace);
        (await Lines("failures")).ShouldHaveSingleItem().ShouldContain("429");
        var tenants = (await Lines("tenants")).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(
            tenant => tenant.GetProperty("tenant").GetString()!, tenant => (tenant.GetProperty("calls").GetInt32(), tenant.GetProperty("usd").GetDouble()));
        tenants.ShouldBe(new Dictionary<string, (int, double)> { ["acme"] = (2, 0.00042), ["other"] = (3, 0.00042) });
        log.Text.ShouldNotContain("the prompt was");
    }

    private static async Task<string[]> RunAsync(Jq jq, string log, (string Flags, string Filter) query, string id, string trace)
    {
        var flags = query.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(flag => flag switch { "\"$ID\"" => id, "\"$TRACE\"" => trace, _ => flag }).ToArray();
        return (await jq.RunAsync(log, query.Filter, flags)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>By the word in the comment above each: <c># calls: …</c>.</summary>
    private static async Task<Dictionary<string, (string Flags, string Filter)>> QueriesAsync()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Docs", "aspnetcore.md"), Token);
        return Query().Matches(text).ToDictionary(match => match.Groups["name"].Value, match => (match.Groups["flags"].Value, match.Groups["filter"].Value));
    }

    private static Task<WebRig> StartAsync(JsonLog log)
    {
        return WebRig.StartAsync(
            app =>
            {
                app.UseRouting();
                app.UseLlmObservability();
                app.MapGet("/ask", AskTwice);
            },
            options => options.Requests.Tenant = context => context.Request.Query["tenant"],
            core =>
            {
                core.CallLogLevel = LogLevel.Information;
                core.CallLogScope = true;
            },
            services => services.AddSingleton<ILoggerFactory>(_ => LoggerFactory.Create(builder => builder
                .AddProvider(log)
                .AddFilter("Microsoft", LogLevel.Warning)
                .Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId))));
    }

    private static async Task AskTwice(HttpContext context)
    {
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Shop");
        var client = RequestTagTests.Client(context);
        var inner = client.GetService<LlmObservability.Testing.ScriptedChatClient>()!;
        var respond = inner.Respond;
        try
        {
            for (var i = 0; i < 2; i++)
            {
                var number = i;
                inner.Respond = (messages, options, token) =>
                {
                    Write(logger, $"inside {number}");
                    return respond(messages, options, token);
                };
                await client.GetResponseAsync("a prompt", cancellationToken: Token);
            }

            Write(logger, "answered");
        }
        catch (HttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
        finally
        {
            inner.Respond = respond;
        }
    }

    private static void Write(ILogger logger, string text) => logger.Log(LogLevel.Information, default, text, null, static (text, _) => text);

    [GeneratedRegex("""^# (?<name>\w+): .*\njq(?<flags>[^'\n]*) '(?<filter>[^']*)' app\.log$""", RegexOptions.Multiline)]
    private static partial Regex Query();
}
