using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>How the store stands. Its figures are those of all tenants, so that whoever sees one of them sees none.</summary>
internal sealed class StoreEndpoint() : JsonEndpoint<StoreAnswer>(AnswerJson.Default.StoreAnswer)
{
    public override string Path => "store";

    public override string Summary => "How the store stands: its kind, version, sizes, partitions, and what waits to be summed up";

    protected override async Task<StoreAnswer> ReadAsync(ApiRequest request)
    {
        if (request.Tenant.Tenant is not null)
        {
            throw new ProblemException(
                StatusCodes.Status403Forbidden, ProblemCode.TenantRestricted, "The store's figures are those of all tenants, and the request may see one.");
        }

        var store = request.Services.Store;
        return new StoreAnswer(store is ILlmStoreStatus telling
            ? await telling.GetStatusAsync(request.Cancellation).ConfigureAwait(false)
            : new LlmStoreStatus { Store = store.GetType().Name });
    }
}
