using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Access;

/// <summary>
/// Whether a request may come in at all: in Development, where an authorization policy was demanded and really looked at, or after an
/// explicit opt-out. Where a request comes from is never asked: behind a proxy everybody is local. Thread-safe.
/// </summary>
/// <param name="isDevelopment">Whether the host runs in Development.</param>
/// <param name="allowsAnonymous">The opt-out.</param>
internal sealed class AccessGate(bool isDevelopment, bool allowsAnonymous)
{
    // Set by the authorization middleware when it has looked at the endpoint; the framework's own check goes by it too.
    private const string AuthorizationLookedAt = "__AuthorizationMiddlewareWithEndpointInvoked";

    public bool IsOpen(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata is null)
        {
            return false;
        }

        var demandsPolicy = metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<AuthorizationPolicy>() is not null;
        if (demandsPolicy && !context.Items.ContainsKey(AuthorizationLookedAt))
        {
            // UseAuthorization is missing, or comes too late: nobody has asked the policy.
            return false;
        }

        // AllowAnonymous switches every policy off, so that none was asked.
        var isChecked = demandsPolicy && metadata.GetMetadata<IAllowAnonymous>() is null;
        return isChecked || allowsAnonymous || isDevelopment;
    }
}
