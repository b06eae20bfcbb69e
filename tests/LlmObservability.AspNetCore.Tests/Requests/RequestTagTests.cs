using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.AspNetCore.Tests.Requests;

public sealed class RequestTagTests
{
    private static CancellationToken Token => WebRig.Token;

    [Fact]
    public async Task A_delegate_runs_once_a_request_for_its_error_page_too()
    {
        var asked = 0;
        await using var rig = await WebRig.StartAsync(
            app =>
            {
                app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error" });
                app.UseRouting();
                app.UseLlmObservability();
                app.MapGet("/ask", (HttpContext _) => throw new TimeoutException());
                app.MapGet("/error", Ask);
            },
            options => options.Requests.Tenant = _ => $"acme-{Interlocked.Increment(ref asked)}");
        await rig.Http.GetAsync(new Uri("/ask", UriKind.Relative), Token);
        await rig.Http.GetAsync(new Uri("/ask", UriKind.Relative), Token);

        (await rig.CallsAsync()).Select(call => (call.Tags.Route, call.Tags.Tenant)).ShouldBe([("/error", "acme-1"), ("/error", "acme-2")]);
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task A_call_has_the_route_pattern_never_the_path_and_what_the_delegates_say()
    {
        await using var rig = await WebRig.StartAsync(
            app =>
            {
                app.UseRouting();
                app.UseLlmObservability();
                app.MapGet("/orders/{id}/ask", Ask);
                app.MapLlmMetrics();
            },
            options =>
            {
                options.Requests.User = context => context.Request.Headers["user"];
                options.Requests.Tenant = context => context.Request.Headers["tenant"];
            },
            core => core.UserIds.StorePlain = true);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders/4711/ask?secret=1");
        request.Headers.Add("user", "u-1");
        request.Headers.Add("tenant", "acme");
        (await rig.Http.SendAsync(request, Token)).EnsureSuccessStatusCode();

        var tags = (await rig.CallsAsync()).ShouldHaveSingleItem().Tags;

        (tags.Route, tags.User, tags.Tenant, tags.Environment, tags.Service).ShouldBe(("/orders/{id}/ask", "u-1", "acme", "Staging", "shop"));
        tags.Custom.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_calls_own_tags_win_and_a_request_leaves_nothing_to_the_next()
    {
        await using var rig = await WebRig.StartAsync(
            app =>
            {
                app.UseRouting();
                app.UseLlmObservability();
                app.MapGet("/a", async context => await Client(context).GetResponseAsync("Hi", new ChatOptions().WithLlmTag("route", "mine"), Token));
                app.MapGet("/b", Ask);
            },
            options => options.Requests.Tenant = context => context.Request.Query["tenant"]);
        await rig.Http.GetAsync(new Uri("/a?tenant=acme", UriKind.Relative), Token);
        await rig.Http.GetAsync(new Uri("/b", UriKind.Relative), Token);

        (await rig.CallsAsync()).Select(call => (call.Tags.Route, call.Tags.Tenant)).ShouldBe([("mine", "acme"), ("/b", null)]);
    }

    [Fact]
    public async Task A_request_without_an_endpoint_has_no_route()
    {
        await using var rig = await WebRig.StartAsync(app =>
        {
            app.UseLlmObservability();
            app.Run(Ask);
        });
        await rig.Http.GetAsync(new Uri("/any/thing", UriKind.Relative), Token);

        (await rig.CallsAsync()).ShouldHaveSingleItem().Tags.Route.ShouldBeNull();
    }

    [Fact]
    public async Task A_delegate_that_throws_is_counted_and_told_once_and_harms_no_request()
    {
        await using var rig = await WebRig.StartAsync(
            app =>
            {
                app.UseRouting();
                app.UseLlmObservability();
                app.MapGet("/ask", Ask);
                app.MapLlmMetrics();
            },
            options =>
            {
                options.Requests.Environment = _ => "blue";
                options.Requests.Tenant = context => context.Request.Path == "/ask" ? throw new InvalidOperationException("a secret") : null;
            });
        for (var i = 0; i < 3; i++)
        {
            var response = await rig.Http.GetAsync(new Uri("/ask", UriKind.Relative), Token);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.Contains("x-llm-request-id").ShouldBeTrue();
        }

        (await rig.CallsAsync()).ShouldAllBe(call => call.Tags.Tenant == null && call.Tags.Environment == "blue" && call.Tags.Route == "/ask");
        var told = rig.Log.Entries.Where(entry => entry.Event == "TagDelegateFailed").ToList();
        told.ShouldHaveSingleItem().Message.ShouldContain("tenant");
        told[0].Message.ShouldNotContain("a secret");
        (await rig.ScrapeAsync()).ShouldContain("llm_observability_http_delegate_failures_total{llm_observability_http_delegate=\"tenant\"} 3\n");
    }

    [Fact]
    public async Task Without_AddAspNetCore_there_is_an_error_that_says_so()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.Services.AddRouting();
        builder.Services.AddLlmObservability();
        await using var app = builder.Build();

        Should.Throw<InvalidOperationException>(() => app.UseLlmObservability()).Message.ShouldContain("AddAspNetCore()");
        Should.Throw<InvalidOperationException>(() => app.MapLlmMetrics()).Message.ShouldContain("AddAspNetCore()");
    }

    internal static IChatClient Client(HttpContext context) => context.RequestServices.GetRequiredService<IChatClient>();

    internal static async Task Ask(HttpContext context) =>
        await context.Response.WriteAsync((await Client(context).GetResponseAsync("Hi", cancellationToken: context.RequestAborted)).Text, context.RequestAborted);
}
