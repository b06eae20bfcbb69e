using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using LlmObservability.Dashboard.Tests.Host;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.Dashboard.Tests.Access;

/// <summary>Who may come in: nobody, until somebody has decided who.</summary>
public sealed class ClosedByDefaultTests
{
    private static readonly string[] Paths = ["calls", "calls/0194f000-0000-7000-8000-000000000000", "aggregate", "values?field=model", "tools", "export", "live", "pipeline", "openapi.json", "nothing", ""];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Local")]
    public async Task Outside_Development_every_route_is_as_if_it_were_not_there(string environment)
    {
        await using var host = await ApiHost.StartAsync(environment: environment);
        foreach (var path in Paths)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Head, HttpMethod.Options, HttpMethod.Patch })
            {
                await ShouldBeAbsentAsync(host, method, path);
            }
        }

        await ShouldBeAbsentAsync(host, HttpMethod.Post, "calls/get");
        host.Log.Entries.Where(entry => entry.Event == "ApiClosed").ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public async Task That_a_request_says_that_it_is_local_opens_nothing()
    {
        await using var host = await ApiHost.StartAsync(environment: "Production");
        foreach (var (name, value) in new[] { ("X-Forwarded-For", "127.0.0.1"), ("Host", "localhost"), ("X-Real-IP", "::1"), ("X-Original-Host", "localhost") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "calls");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await host.Client.Http.SendAsync(request, Cancel);
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task In_Development_it_is_open()
    {
        await using var host = await ApiHost.StartAsync(environment: "Development");
        (await host.Client.GetAsync("calls")).GetProperty("calls").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task An_explicit_opt_out_opens_it()
    {
        await using var host = await ApiHost.StartAsync(configure: options => options.AllowAnonymousAccess = true, environment: "Production");
        await host.Client.GetAsync("calls");
        host.Log.Entries.ShouldNotContain(entry => entry.Event == "ApiClosed");
    }

    [Theory]
    [InlineData("convention")]
    [InlineData("named")]
    [InlineData("option")]
    public async Task A_policy_opens_it_to_whom_the_policy_lets_in(string way)
    {
        await using var host = await ApiHost.StartAsync(
            configure: options => options.AuthorizationPolicy = way == "option" ? "readers" : null,
            environment: "Production",
            build: AddHeaderUsers,
            mapped: (_, convention) =>
            {
                if (way == "convention")
                {
                    convention.RequireAuthorization(policy => policy.RequireClaim("may", "read"));
                }
                else if (way == "named")
                {
                    convention.RequireAuthorization("readers");
                }
            });
        foreach (var path in Paths.Append("calls/get"))
        {
            (await StatusAsync(host, path, user: null)).ShouldBe(HttpStatusCode.Unauthorized, path);
            (await StatusAsync(host, path, user: "write")).ShouldBe(HttpStatusCode.Forbidden, path);
        }

        (await StatusAsync(host, "calls", user: "read")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(host, "openapi.json", user: "read")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task A_policy_that_nobody_asks_keeps_it_closed(string environment)
    {
        // No authorization middleware runs, and the framework's own check is switched off.
        await using var host = await ApiHost.StartAsync(
            environment: environment,
            build: builder => builder.Services.Configure<RouteOptions>(options => options.SuppressCheckForUnhandledSecurityMetadata = true),
            mapped: (_, convention) => convention.RequireAuthorization());
        foreach (var path in Paths)
        {
            await ShouldBeAbsentAsync(host, HttpMethod.Get, path);
        }
    }

    [Fact]
    public async Task A_policy_that_is_switched_off_again_keeps_it_closed()
    {
        await using var host = await ApiHost.StartAsync(
            environment: "Production",
            build: AddHeaderUsers,
            mapped: (_, convention) =>
            {
                convention.RequireAuthorization("readers");
                convention.AllowAnonymous();
            });
        await ShouldBeAbsentAsync(host, HttpMethod.Get, "calls");
    }

    [Fact]
    public async Task A_fallback_policy_is_not_taken_for_a_decision_about_these_routes()
    {
        await using var host = await ApiHost.StartAsync(
            environment: "Production",
            build: builder =>
            {
                AddHeaderUsers(builder);
                builder.Services.Configure<AuthorizationOptions>(options => options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            });
        (await StatusAsync(host, "calls", user: null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(host, "calls", user: "read")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Two_mappings_are_open_and_restricted_apart()
    {
        await using var host = await ApiHost.StartAsync(
            environment: "Production",
            build: AddHeaderUsers,
            mapped: (app, convention) =>
            {
                convention.RequireAuthorization("readers");
                app.MapLlmObservability("/customers/llm", options => options.Tenant = context => context.User.FindFirstValue("tenant"))
                    .RequireAuthorization(policy => policy.RequireAuthenticatedUser());
            });
        (await StatusAsync(host, "pipeline", user: "read")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(host, "../../../customers/llm/api/v1/pipeline", user: "read")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(host, "../../../customers/llm/api/v1/calls", user: "write")).ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiHost host, string path, string? user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (user is not null)
        {
            request.Headers.Add("x-user", user);
        }

        using var response = await host.Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        return response.StatusCode;
    }

    private static async Task ShouldBeAbsentAsync(ApiHost host, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await host.Client.Http.SendAsync(request, Cancel);
        using var nowhere = await host.Client.Http.SendAsync(new HttpRequestMessage(method, new Uri(host.Address, "nowhere/at/all")), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound, $"{method} {path}");
        (await response.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty();
        response.Headers.Select(header => header.Key).ShouldBe(nowhere.Headers.Select(header => header.Key), "it differs from a route that there is not");
    }

    private static void AddHeaderUsers(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderUsers>("header", null);
        builder.Services.AddAuthorization(options => options.AddPolicy("readers", policy => policy.RequireClaim("may", "read")));
    }

    /// <summary>Whoever says what it may is believed.</summary>
    private sealed class HeaderUsers(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            Request.Headers["x-user"] is [{ } may]
                ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new Claim("may", may)], "header")), "header"))
                : AuthenticateResult.NoResult());
    }
}
