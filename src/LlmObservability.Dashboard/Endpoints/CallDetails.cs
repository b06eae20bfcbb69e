using LlmObservability.Dashboard.Answers;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>One call with all that belongs to it, where the request may see it.</summary>
internal static class CallDetails
{
    /// <summary>Null when there is no such call, and when it is another tenant's: nobody learns which.</summary>
    public static async Task<CallDetailAnswer?> FindAsync(ApiRequest request, Guid id)
    {
        var detail = await request.Services.Store.GetAsync(id, request.Cancellation).ConfigureAwait(false);
        return detail is not null && request.Tenant.Allows(detail.Call)
            ? new CallDetailAnswer(detail, request.Services.Observer.ExplainCost)
            : null;
    }
}
