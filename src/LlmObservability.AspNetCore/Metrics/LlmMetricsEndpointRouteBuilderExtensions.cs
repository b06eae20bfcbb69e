using LlmObservability.AspNetCore.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves LLM metrics to Prometheus.</summary>
public static class LlmMetricsEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Serves the library's metrics as Prometheus text 0.0.4 or OpenMetrics 1.0, as the scraper asks. They count from this call
    /// on. Open to everybody who reaches the application, as metrics endpoints are: they hold names of models, providers and
    /// tools and their counts, never a user. Use what this returns to change that, for example
    /// <c>.RequireAuthorization()</c> or <c>.RequireHost("*:9464")</c>.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The route. Default <c>/metrics</c>.</param>
    /// <exception cref="InvalidOperationException"><c>AddAspNetCore</c> was not called.</exception>
    public static IEndpointConventionBuilder MapLlmMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var endpoint = endpoints.ServiceProvider.GetService<MetricsEndpoint>()
            ?? throw new InvalidOperationException("Call services.AddLlmObservability().AddAspNetCore() before app.MapLlmMetrics().");
        return endpoints.MapMethods(pattern, Methods, endpoint.AnswerAsync)
            .WithDisplayName("LLM metrics")
            .WithMetadata(new ExcludeFromDescriptionAttribute());
    }
}
