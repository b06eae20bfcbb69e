using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class GatewayMetricsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_gateways_names_say_what_the_own_ones_do(bool openMetrics)
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), options => options.Metrics.GatewayNames = true);
        await Conversation.HoldAsync(rig);
        var read = Exposition.Parse(await rig.ScrapeAsync(openMetrics ? "application/openmetrics-text" : null), openMetrics);

        var model = new[] { ("provider", "openai"), ("model", "gpt-4o-mini") };
        read.Sum("llm_usage_prompt_tokens_total", model).ShouldBe(4_000);
        read.Sum("llm_usage_completion_tokens_total", model).ShouldBe(400);
        read.Sum("llm_usage_total_tokens_total", model).ShouldBe(4_400);
        read.Sum("llm_requests_total", ("provider", "openai"), ("request_type", "chat")).ShouldBe(6);
        read.Sum("llm_responses_total", ("provider", "openai"), ("status_code", "200")).ShouldBe(4);
        read.Sum("llm_responses_total", ("provider", "openai"), ("status_code", "429")).ShouldBe(1);
        var tool = new[] { ("tool_name", "weather"), ("tool_type", "standard_tool_use") };
        read.Sum("llm_tool_calls_total", tool).ShouldBe(2);
        read.Sum("llm_tool_calls_success_total", tool).ShouldBe(1);
        read.Sum("llm_tool_calls_failure_total", [.. tool, ("error_type", "System.TimeoutException")]).ShouldBe(1);
        read.Sum("llm_request_duration_count", ("provider", "openai")).ShouldBe(6);
        read.Sum("llm_request_duration_sum").ShouldBe(1_000 * read.Sum("gen_ai_client_operation_duration_seconds_sum"), 0.001);
        read.Sum("llm_tool_call_duration_count", tool).ShouldBe(2);
        var bounds = read.Of("llm_request_duration").Samples.Where(sample => sample.Labels.ContainsKey("le")).Select(sample => sample.Labels["le"]).ToList();
        bounds.First().ShouldBe(openMetrics ? "1.0" : "1");
        bounds[^2].ShouldBe(openMetrics ? "10000.0" : "10000");
    }

    [Fact]
    public async Task A_tool_that_a_model_asked_for_tells_its_provider_and_model()
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), options => options.Metrics.GatewayNames = true);
        var tool = AIFunctionFactory.Create(() => "rain", "weather").WithLlmObservability(rig.App.Services.GetRequiredService<LlmObserver>());
        rig.Inner.Respond = async (_, _, token) =>
        {
            await tool.InvokeAsync(cancellationToken: token);
            return ScriptedChatClient.Response();
        };
        await rig.Client.GetResponseAsync("Hi", cancellationToken: WebRig.Token);
        var read = Exposition.Parse(await rig.ScrapeAsync(), openMetrics: false);

        var labels = new[] { ("provider", "openai"), ("model", "gpt-4o-mini"), ("tool_name", "weather") };
        read.Sum("llm_tool_calls_total", labels).ShouldBe(1);
        read.Sum("llm_tool_calls_success_total", labels).ShouldBe(1);
        read.Sum("llm_tool_call_duration_count", labels).ShouldBe(1);
    }
}
