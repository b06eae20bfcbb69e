using System.Text.Json;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Quickstart.Tests;

/// <summary>The first minute: the sample is started, and calls are there to be seen.</summary>
public sealed class QuickstartTests
{
    // The rarest, a call that was answered by the second provider, comes some two times a minute, by chance.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_key_calls_of_every_kind_arrive_and_are_on_the_page_in_the_api_and_in_the_metrics()
    {
        await using var sample = await QuickstartProcess.StartAsync();
        sample.Told.ShouldContain("simulated");
        sample.Told.ShouldContain(sample.Http.BaseAddress + "metrics");

        (await sample.Http.GetStringAsync(new Uri("llm/", UriKind.Relative), Cancel)).ShouldContain("<script type=\"module\"");
        await Eventually.IsAsync(async () => await CallsAsync(sample, "") > 0, "a call is in the API", Soon);
        // Each is what a screen lives from; the first few seconds bring most of them.
        foreach (var kind in new[]
        {
            "outcome=failed", "streaming=true", "cached=true", "present=queue_wait_us", "operation=embeddings", "cost_reason=unknown_model", "usage_source=missing",
            "schema_validated=true", "schema_validated=false", "at_least.tool_call_count=1", "at_least.attempt_count=2", "at_least.cache_read_tokens=1", "present=trace_id",
            "present=user", "feature=search", "variant=short-prompt", "tag.team=red",
        })
        {
            await Eventually.IsAsync(async () => await CallsAsync(sample, kind) > 0, kind, Soon);
        }

        foreach (var (field, least) in new[] { ("model", 6), ("route", 5), ("tenant", 3), ("user", 5), ("provider", 2), ("error_type", 2) })
        {
            await Eventually.IsAsync(
                async () => (await sample.GetAsync($"llm/api/v1/values?field={field}")).GetProperty("values").GetArrayLength() >= least, $"{least} of {field}", Soon);
        }

        (await sample.GetAsync("llm/api/v1/settings")).GetProperty("trace_url").GetString().ShouldNotBeNull().ShouldContain("{trace_id}");
        (await sample.GetAsync("llm/api/v1/store")).GetProperty("store").GetString().ShouldBe("files");
        Directory.EnumerateFiles(sample.Folder).ShouldNotBeEmpty();
        var metrics = await sample.Http.GetStringAsync(new Uri("metrics", UriKind.Relative), Cancel);
        metrics.ShouldContain("llm_observability_requests_total{");
        metrics.ShouldContain("llm_observability_requests_in_progress{");
    }

    [Fact]
    public async Task With_the_address_of_a_compatible_service_that_one_is_asked()
    {
        await using var service = await CompletionsAsync();
        await using var sample = await QuickstartProcess.StartAsync(
            ("OPENAI_BASE_URL", service.Urls.Single() + "/v1"), ("OPENAI_API_KEY", "not-a-real-key"), ("Model", "gpt-4.1-mini"));
        sample.Told.ShouldContain("127.0.0.1, gpt-4.1-mini");
        sample.Told.ShouldNotContain("not-a-real-key");

        using var answer = await sample.Http.PostAsync(new Uri("ask?question=Hello&user=me", UriKind.Relative), null, Cancel);
        answer.EnsureSuccessStatusCode();
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("Hello yourself");

        await Eventually.IsAsync(async () => await CallsAsync(sample, "") > 0, "the call is in the API", Soon);
        var call = (await sample.GetAsync("llm/api/v1/calls")).GetProperty("calls").EnumerateArray().ShouldHaveSingleItem();
        (call.GetProperty("route").GetString(), call.GetProperty("feature").GetString(), call.GetProperty("model").GetString()).ShouldBe(("/ask", "ask", "gpt-4.1-mini"));
        (call.GetProperty("input_tokens").GetInt64(), call.GetProperty("output_tokens").GetInt64()).ShouldBe((1_000, 100));
        call.GetProperty("cost_nanos").GetInt64().ShouldBeGreaterThan(0);
    }

    private static async Task<long> CallsAsync(QuickstartProcess sample, string filter) =>
        (await sample.GetAsync("llm/api/v1/aggregate?" + filter)).GetProperty("total").GetProperty("calls").GetInt64();

    /// <summary>A service that answers one thing, as OpenAI's would.</summary>
    private static async Task<WebApplication> CompletionsAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", () => Results.Text(
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4.1-mini",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hello yourself"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}
            """,
            "application/json"));
        await app.StartAsync(Cancel);
        return app;
    }
}
