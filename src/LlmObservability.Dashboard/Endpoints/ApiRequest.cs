using LlmObservability.Dashboard.Access;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>A request that was let in.</summary>
/// <param name="Http">The exchange.</param>
/// <param name="Query">Its query string, checked against what the endpoint takes.</param>
/// <param name="Tenant">Whose calls it sees.</param>
/// <param name="Body">Its body, where the endpoint takes one.</param>
/// <param name="Services">What answers are made from.</param>
/// <param name="Cancellation">Ends with the client's patience, the request's time, or the server.</param>
internal sealed record ApiRequest(
    HttpContext Http, ApiQuery Query, TenantRestriction Tenant, ReadOnlyMemory<byte> Body, ApiServices Services, CancellationToken Cancellation)
{
    /// <summary>The filter of the query string, and the tenant.</summary>
    public LlmFilter Filter()
    {
        // One condition is the tenant's.
        var most = LlmQueryValidator.MaxConditions - (Tenant.Tenant is null ? 0 : 1);
        return Tenant.Restrict(FilterParameters.Read(Query, most));
    }
}
