using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>How recording stands in this process. Its figures are those of all tenants, so that whoever sees one of them sees none.</summary>
internal sealed class PipelineEndpoint() : JsonEndpoint<PipelineAnswer>(AnswerJson.Default.PipelineAnswer)
{
    public override string Path => "pipeline";

    public override string Summary => "How the pipeline of this process stands";

    protected override async Task<PipelineAnswer> ReadAsync(ApiRequest request)
    {
        if (request.Tenant.Tenant is not null)
        {
            throw new ProblemException(
                StatusCodes.Status403Forbidden, ProblemCode.TenantRestricted, "The pipeline's figures are those of all tenants, and the request may see one.");
        }

        var observer = request.Services.Observer;
        var health = await request.Services.Health.CheckHealthAsync(new HealthCheckContext(), request.Cancellation).ConfigureAwait(false);
        return new PipelineAnswer(observer.GetStatistics(), observer.Enabled, NameOf(health.Status));
    }

    private static string NameOf(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
