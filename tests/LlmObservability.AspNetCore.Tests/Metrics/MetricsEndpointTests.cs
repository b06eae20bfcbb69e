using System.Net;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class MetricsEndpointTests
{
    private const string OpenMetrics = "application/openmetrics-text;version=1.0.0";

    private static CancellationToken Token => WebRig.Token;

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData(OpenMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    public async Task All_that_a_call_tells_is_there_in_the_form_asked_for(string? accept, string contentType)
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), core: core => core.Telemetry.MetricTags.Add("feature"));
        await Conversation.HoldAsync(rig);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept ?? "*/*");
        using var response = await rig.Http.SendAsync(request, Token);

        response.Content.Headers.GetValues("Content-Type").ShouldBe([contentType]);
        response.Headers.Vary.ShouldBe(["Accept"]);
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var read = Exposition.Parse(await response.Content.ReadAsStringAsync(Token), openMetrics: accept is not null);
        const string Provider = "gen_ai_provider_name";
        const string Model = "gen_ai_request_model";
        const string Outcome = "llm_observability_outcome";
        const string Type = "gen_ai_token_type";
        read.Sum("gen_ai_client_operation_duration_seconds_count", (Provider, "openai"), (Model, "gpt-4o-mini"), ("gen_ai_operation_name", "chat")).ShouldBe(6);
        read.Sum("gen_ai_client_operation_duration_seconds_count", ("error_type", "System.Net.Http.HttpRequestException")).ShouldBe(1);
        read.Sum("gen_ai_client_token_usage_sum", (Type, "input")).ShouldBe(4_000);
        read.Sum("gen_ai_client_operation_time_to_first_chunk_seconds_count").ShouldBe(1);
        read.Sum("llm_observability_requests_total", (Outcome, "completed")).ShouldBe(5);
        read.Sum("llm_observability_requests_total", (Outcome, "failed")).ShouldBe(1);
        read.Sum("llm_observability_requests_in_progress").ShouldBe(0);
        read.Sum("llm_observability_responses_total", ("http_response_status_code", "200")).ShouldBe(4);
        read.Sum("llm_observability_responses_total", ("http_response_status_code", "429")).ShouldBe(1);
        read.Sum("llm_observability_requests_cached_total").ShouldBe(1);
        read.Sum("llm_observability_schema_failures_total").ShouldBe(1);
        read.Sum("llm_observability_queue_wait_seconds_sum").ShouldBe(0.25);
        read.Sum("llm_observability_output_token_rate_per_second_count").ShouldBeInRange(1, 4);
        read.Sum("llm_observability_tokens_total", (Type, "output"), (Provider, "openai")).ShouldBe(400);
        read.Sum("llm_observability_cost_total").ShouldBe(4 * 0.00021, 1e-9);
        read.Sum("llm_observability_requests_unpriced_total", ("llm_observability_cost_reason", "missing_usage")).ShouldBe(1);
        read.Sum("llm_observability_tool_calls_total", ("gen_ai_tool_name", "weather"), (Outcome, "completed")).ShouldBe(1);
        read.Sum("llm_observability_tool_calls_total", ("gen_ai_tool_name", "weather"), (Outcome, "failed"), ("error_type", "System.TimeoutException")).ShouldBe(1);
        read.Sum("llm_observability_tool_call_duration_seconds_count").ShouldBe(2);
        read.Sum("llm_observability_pipeline_records_accepted_total", ("llm_observability_sink", "recording")).ShouldBeGreaterThan(0);
        read.Sum("llm_observability_records_dropped_total").ShouldBe(0);
        read.Sum("llm_observability_requests_total", ("llm_observability_tag_feature", "search")).ShouldBe(1);
        read.Families.ShouldNotContain(family => family.Name.StartsWith("llm_requests", StringComparison.Ordinal));
        if (accept is not null)
        {
            read.Of("gen_ai_client_operation_duration_seconds").Unit.ShouldBe("seconds");
        }
    }

    [Fact]
    public async Task Asked_for_the_head_alone_it_sends_no_body_and_anything_else_is_not_allowed()
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics("/prom"));
        using var head = new HttpRequestMessage(HttpMethod.Head, "/prom");
        using var answered = await rig.Http.SendAsync(head, Token);
        answered.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answered.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
        using var posted = await rig.Http.PostAsync(new Uri("/prom", UriKind.Relative), null, Token);

        posted.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task What_Map_returns_can_be_guarded()
    {
        await using var rig = await WebRig.StartAsync(app =>
        {
            app.MapLlmMetrics("/open");
            app.MapLlmMetrics("/guarded").RequireHost("metrics.internal");
        });

        (await rig.Http.GetAsync(new Uri("/open", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await rig.Http.GetAsync(new Uri("/guarded", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_listens_until_metrics_are_served()
    {
        await using var rig = await WebRig.StartAsync(_ => { });
        await rig.Client.GetResponseAsync("Hi", cancellationToken: Token);

        rig.App.Services.GetRequiredService<LlmObserver>().Telemetry.Counting.ShouldBeFalse();
    }

    [Fact]
    public async Task On_a_port_of_its_own_it_answers_its_path_on_the_loopback_address_alone()
    {
        await using var rig = await WebRig.StartAsync(_ => { }, options => options.Metrics.Listener = new() { Enabled = true, Port = 0 });
        await rig.Client.GetResponseAsync("Hi", cancellationToken: Token);
        var address = Listener(rig).Address.ShouldNotBeNull();

        address.ToString().ShouldStartWith("http://127.0.0.1:");
        Exposition.Parse(await rig.ScrapeAsync(path: address.ToString()), openMetrics: false).Sum("llm_observability_requests_total").ShouldBe(1);
        (await rig.Http.GetAsync(new Uri(address, "/"), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await rig.Http.PostAsync(address, null, Token)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await rig.Http.GetAsync(new Uri("/metrics", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        rig.Log.Events.ShouldContain("MetricsListening");
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3:9464", true)]
    [InlineData("[::1]:9464", true)]
    [InlineData("LocalHost:9464", true)]
    [InlineData("Shop.Internal:9464", true)]
    [InlineData("rebound.example", false)]
    [InlineData("127.0.0.1.rebound.example:9464", false)]
    [InlineData("localhost.rebound.example", false)]
    public async Task On_a_port_of_its_own_it_is_asked_by_address_or_by_a_name_that_is_allowed(string host, bool allowed)
    {
        await using var rig = await WebRig.StartAsync(
            _ => { }, options => options.Metrics.Listener = new() { Enabled = true, Port = 0, AllowedHosts = ["shop.internal"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, Listener(rig).Address);
        request.Headers.Host = host;
        using var response = await rig.Http.SendAsync(request, Token);

        response.StatusCode.ShouldBe(allowed ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest);
        (await response.Content.ReadAsStringAsync(Token)).Contains("llm_observability_", StringComparison.Ordinal).ShouldBe(allowed);
    }

    [Fact]
    public async Task Where_its_port_is_taken_the_application_starts_and_the_log_says_so()
    {
        await using var first = await WebRig.StartAsync(_ => { }, options => options.Metrics.Listener = new() { Enabled = true, Port = 0 });
        var port = Listener(first).Address!.Port;
        await using var second = await WebRig.StartAsync(_ => { }, options => options.Metrics.Listener = new() { Enabled = true, Port = port });

        Listener(second).Address.ShouldBeNull();
        second.Log.Entries.Single(entry => entry.Event == "MetricsNotListening").Message.ShouldContain($"127.0.0.1:{port}");
    }

    [Fact]
    public async Task Options_out_of_their_range_stop_the_start_and_say_what_to_change()
    {
        var thrown = await Should.ThrowAsync<OptionsValidationException>(() => WebRig.StartAsync(_ => { }, options =>
        {
            options.Requests.ResponseHeader = "x\r\ny";
            options.Requests.MaxResponseIds = 0;
            options.Metrics.MaxSeries = 1;
            options.Metrics.Listener = new() { Port = 70_000, Address = "localhost", Path = "metrics", AllowedHosts = ["shop:9464"] };
        }));

        thrown.Failures.Count().ShouldBe(7);
        thrown.Failures.ShouldAllBe(failure => failure.StartsWith("Set LlmObservability:AspNetCore:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("//evil/metrics")]
    [InlineData("/\\evil/metrics")]
    [InlineData("/metrics?x=1")]
    [InlineData("/metrics#x")]
    [InlineData("/me trics")]
    [InlineData("/%6Detrics")]
    public async Task A_path_that_is_none_or_that_no_request_has_stops_the_start(string path)
    {
        var thrown = await Should.ThrowAsync<OptionsValidationException>(() => WebRig.StartAsync(_ => { }, options => options.Metrics.Listener.Path = path));

        thrown.Failures.ShouldHaveSingleItem().ShouldStartWith("Set LlmObservability:AspNetCore:Metrics:Listener:Path");
    }

    [Fact]
    public async Task What_says_nothing_of_a_status_is_told_as_assumed()
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics());
        await rig.Client.GetResponseAsync("Hi", cancellationToken: Token);

        (await rig.ScrapeAsync()).Split('\n').Single(line => line.StartsWith("# HELP llm_observability_responses_total", StringComparison.Ordinal))
            .ShouldContain("200 is assumed");
    }

    [Fact]
    public async Task Options_come_from_the_configuration_too()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.Configuration["LlmObservability:AspNetCore:Metrics:Listener:Port"] = "9999";
        builder.Configuration["LlmObservability:AspNetCore:Metrics:GatewayNames"] = "true";
        builder.Configuration["LlmObservability:AspNetCore:Requests:MaxResponseIds"] = "3";
        builder.Services.AddLlmObservability().AddAspNetCore(options => options.Requests.MaxResponseIds++);
        await using var app = builder.Build();
        var options = app.Services.GetRequiredService<IOptions<LlmAspNetCoreOptions>>().Value;

        (options.Metrics.Listener.Port, options.Metrics.GatewayNames, options.Requests.MaxResponseIds).ShouldBe((9999, true, 4));
        new LlmMetricsListenerOptions().Port.ShouldBe(9464);
        new LlmMetricsListenerOptions().Address.ShouldBe("127.0.0.1");
        new LlmMetricsListenerOptions().Enabled.ShouldBeFalse();
    }

    internal static MetricsListener Listener(WebRig rig) => rig.App.Services.GetServices<IHostedService>().OfType<MetricsListener>().ShouldHaveSingleItem();
}
