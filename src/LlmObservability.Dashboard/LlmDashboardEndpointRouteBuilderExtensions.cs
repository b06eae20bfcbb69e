using LlmObservability;
using LlmObservability.Dashboard;
using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Endpoints;
using LlmObservability.Dashboard.Pages;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the dashboard and the JSON API over the calls that LlmObservability keeps.</summary>
public static class LlmDashboardEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the dashboard at a path and the API below it (<c>/llm/api/v1/calls</c> and others; <c>/llm/api/v1/openapi.json</c> describes them). Outside
    /// Development every route answers 404 until <c>RequireAuthorization</c> is called on what this returns, or
    /// <see cref="LlmDashboardOptions"/> name a policy or opt out. May be called again, with another path and other options.
    /// </summary>
    /// <param name="endpoints">The application's routes, with <c>AddLlmObservability</c> among its services.</param>
    /// <param name="pattern">The path; a route pattern.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Dashboard</c>.</param>
    /// <returns>What conventions, such as authorization, are added to.</returns>
    /// <exception cref="InvalidOperationException"><c>AddLlmObservability</c> was not called.</exception>
    /// <exception cref="OptionsValidationException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapLlmObservability(
        this IEndpointRouteBuilder endpoints, string pattern = "/llm", Action<LlmDashboardOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var provider = endpoints.ServiceProvider;
        var options = new LlmDashboardOptions();
        provider.GetService<IConfiguration>()?.GetSection(LlmDashboardOptions.SectionName).Bind(options);
        configure?.Invoke(options);
        options.Validate();

        var lifetime = provider.GetService<IHostApplicationLifetime>();
        var limits = new RequestLimits(options);
        lifetime?.ApplicationStopped.Register(limits.Dispose);
        var runner = new RequestRunner(
            Services(provider, options, lifetime),
            new AccessGate(provider.GetService<IHostEnvironment>()?.IsDevelopment() == true, options.AllowAnonymousAccess),
            limits);

        var group = endpoints.MapGroup(pattern);
        var routes = group.MapGroup(ApiRoutes.Prefix);
        foreach (var endpoint in ApiRoutes.All)
        {
            // For every method: what is closed must not tell by a 405 that it is there.
            routes.Map(endpoint.Path, context => runner.RunAsync(context, endpoint)).WithDisplayName($"LlmObservability {endpoint.Path}");
        }

        routes.Map("{**rest}", context => runner.RunAsync(context, null)).WithDisplayName("LlmObservability");
        var pages = new PageEndpoint(Page.ReadAll());
        group.Map(pages.Path, context => runner.RunAsync(context, pages)).WithDisplayName("LlmObservability pages");
        if (options.AuthorizationPolicy is { } policy)
        {
            group.RequireAuthorization(policy);
        }

        return group;
    }

    private static ApiServices Services(IServiceProvider provider, LlmDashboardOptions options, IHostApplicationLifetime? lifetime)
    {
        var observer = provider.GetService<LlmObserver>() ?? throw Missing();
        return new ApiServices(
            provider.GetService<ILlmStore>() ?? throw Missing(),
            observer,
            new LlmPipelineHealthCheck(observer, provider.GetService<IOptions<LlmPipelineHealthOptions>>()?.Value),
            options,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("LlmObservability"),
            lifetime?.ApplicationStopping ?? CancellationToken.None);
    }

    private static InvalidOperationException Missing() => new("Call services.AddLlmObservability() before the routes over its calls are mapped.");
}
