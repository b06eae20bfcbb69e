using System.Text.Json;
using LlmObservability.Testing.Tools;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.AspNetCore.Tests.Metrics;

/// <summary>A real Prometheus, and its own tool.</summary>
public sealed class PrometheusTests
{
    private const string Hostile = "we\"at\\her\n# EOF\n}\u202e😀";

    private static CancellationToken Token => WebRig.Token;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Promtool_finds_no_lint(bool gatewayNames)
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), options => options.Metrics.GatewayNames = gatewayNames);
        await Conversation.HoldAsync(rig);
        await InvokeHostileToolAsync(rig);
        var promtool = (await PrometheusBinaries.InstallAsync()).Promtool;

        var checkedText = await Tool.RunAsync([promtool, "check", "metrics"], await rig.ScrapeAsync());
        var lint = await Tool.RunAsync([promtool, "check", "metrics"], "# HELP bad_ms Bad.\n# TYPE bad_ms counter\nbad_ms 1\n");

        (checkedText.ExitCode, checkedText.Output, checkedText.Error).ShouldBe((0, "", ""));
        lint.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task Prometheus_scrapes_the_port_of_the_metrics_own_and_says_what_the_store_says()
    {
        await using var rig = await WebRig.StartAsync(_ => { }, options =>
        {
            options.Metrics.GatewayNames = true;
            options.Metrics.Listener = new() { Enabled = true, Port = 0 };
        });
        await Conversation.HoldAsync(rig);
        await InvokeHostileToolAsync(rig);
        await using var prometheus = PrometheusServer.Start(await PrometheusBinaries.InstallAsync(), MetricsEndpointTests.Listener(rig).Address!);

        var targets = await prometheus.UntilAsync("/api/v1/targets", data => Health(data) == "up", Token);
        targets.GetProperty("activeTargets")[0].GetProperty("lastError").GetString().ShouldBeEmpty();
        var calls = await rig.CallsAsync();
        (await prometheus.QueryAsync("sum(llm_observability_requests_total)", value => value > 0, Token)).ShouldBe(6);
        (await prometheus.QueryAsync("sum(llm_observability_tokens_total)", value => value > 0, Token)).ShouldBe(
            calls.Sum(call => call.Tokens.Input + call.Tokens.Output));
        (await prometheus.QueryAsync("sum(llm_observability_cost_total)", value => value > 0, Token)).ShouldBe(
            (double)calls.Sum(call => call.Cost?.TotalUsd ?? 0), 1e-9);
        (await prometheus.QueryAsync("sum(gen_ai_client_operation_duration_seconds_sum)", value => value > 0, Token)).ShouldBe(
            calls.Where(call => call.Operation == "chat").Sum(call => call.Duration.TotalSeconds), 1e-6);
        // Nothing of what was exposed is left out or there twice.
        (await prometheus.QueryAsync("scrape_samples_scraped == scrape_samples_post_metric_relabeling", _ => true, Token)).ShouldBeGreaterThan(100);

        var hostile = await prometheus.UntilAsync(
            "/api/v1/series?match[]=llm_observability_tool_call_duration_seconds_count", data => data.GetArrayLength() > 0, Token);
        hostile.EnumerateArray().Select(series => series.GetProperty("gen_ai_tool_name").GetString()).ShouldContain(Hostile);

        // What goes on is seen to go on.
        await rig.Client.GetResponseAsync("Hi", cancellationToken: Token);
        await prometheus.QueryAsync("sum(llm_observability_requests_total)", value => value == 7, Token);
        await prometheus.QueryAsync("histogram_quantile(0.95, sum by (le, gen_ai_provider_name) (rate(gen_ai_client_operation_duration_seconds_bucket[1m])))", value => value > 0, Token);
        await GatewayDashboardAsync(prometheus);
    }

    // Questions in the form in which dashboards of gateways ask them.
    private static async Task GatewayDashboardAsync(PrometheusServer prometheus)
    {
        foreach (var query in new[]
        {
            "sum(llm_tool_calls_total{provider=~\".*\"})",
            "100 * sum(llm_tool_calls_success_total{provider=~\".*\"}) / sum(llm_tool_calls_total{provider=~\".*\"})",
            "sum by (error_type) (llm_tool_calls_failure_total)",
            "sum(llm_tool_call_duration_sum) / sum(llm_tool_call_duration_count)",
            "histogram_quantile(0.95, sum by (le, provider) (rate(llm_request_duration_bucket{provider=~\".*\"}[1m])))",
            "sum by (provider) (rate(llm_usage_total_tokens_total{provider=~\".*\"}[1m]))",
            "sum by (provider) (llm_usage_completion_tokens_total)",
            "sum by (provider) (llm_usage_prompt_tokens_total)",
            "sum by (provider) (llm_requests_total)",
            "100 * sum by (provider) (llm_responses_total{status_code=~\"[45].*\"}) / sum by (provider) (llm_responses_total)",
        })
        {
            await prometheus.QueryAsync(query, value => value > 0, Token);
        }
    }

    private static string? Health(JsonElement data) =>
        data.GetProperty("activeTargets") is { } targets && targets.GetArrayLength() == 1 ? targets[0].GetProperty("health").GetString() : null;

    private static async Task InvokeHostileToolAsync(WebRig rig)
    {
        var tool = AIFunctionFactory.Create(() => "rain", Hostile).WithLlmObservability(rig.App.Services.GetRequiredService<LlmObserver>());
        await tool.InvokeAsync(cancellationToken: Token);
    }
}
