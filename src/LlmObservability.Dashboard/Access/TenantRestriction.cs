using LlmObservability.Dashboard.Problems;
using LlmObservability.Pricing;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Access;

/// <summary>The only tenant whose calls a request sees, forced onto whatever it asks. Thread-safe.</summary>
internal readonly record struct TenantRestriction
{
    private TenantRestriction(string tenant) => Tenant = tenant;

    /// <summary>The tenant; null where requests see all of them.</summary>
    public string? Tenant { get; }

    /// <exception cref="ProblemException">The request has no tenant.</exception>
    public static TenantRestriction Of(HttpContext context, Func<HttpContext, string?>? tenantOf)
    {
        if (tenantOf is null)
        {
            return default;
        }

        return tenantOf(context) is { Length: > 0 } tenant && LlmValue.IsText(tenant)
            ? new TenantRestriction(tenant)
            : throw new ProblemException(StatusCodes.Status403Forbidden, ProblemCode.NoTenant, "The request has no tenant whose calls it may see.");
    }

    /// <summary>The filter, and the tenant.</summary>
    public LlmFilter Restrict(LlmFilter filter) => Tenant is null
        ? filter
        : filter with { Conditions = [.. filter.Conditions, new LlmCondition(LlmField.Tenant, LlmOperator.In, Tenant)] };

    /// <summary>The prices whose names the request may see: without the application's own where it sees one tenant.</summary>
    public PriceCatalog Restrict(PriceCatalog prices) => Tenant is null ? prices : prices.WithoutOverrides();

    /// <summary>Whether the request may see that call.</summary>
    public bool Allows(LlmCall call) => Tenant is null || string.Equals(call.Tags.Tenant, Tenant, StringComparison.Ordinal);
}
