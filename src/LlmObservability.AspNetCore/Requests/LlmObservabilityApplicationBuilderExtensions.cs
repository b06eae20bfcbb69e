using LlmObservability.AspNetCore.Requests;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Observes the LLM calls of HTTP requests as theirs.</summary>
public static class LlmObservabilityApplicationBuilderExtensions
{
    /// <summary>
    /// Puts a scope of tags around each request that follows: the endpoint's route pattern, and user, tenant and environment
    /// as <see cref="LlmObservability.LlmRequestOptions"/> says. The response tells the ids of the calls that began before it
    /// started. Stands after routing and authentication: what those find out counts. Never throws into a request.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <exception cref="InvalidOperationException"><c>AddAspNetCore</c> was not called.</exception>
    public static IApplicationBuilder UseLlmObservability(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var tags = app.ApplicationServices.GetService<RequestTags>()
            ?? throw new InvalidOperationException("Call services.AddLlmObservability().AddAspNetCore() before app.UseLlmObservability().");
        return app.Use(next => new RequestMiddleware(next, tags).InvokeAsync);
    }
}
