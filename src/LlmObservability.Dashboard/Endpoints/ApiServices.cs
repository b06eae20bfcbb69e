using LlmObservability.Queries;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>What answers are made from. Thread-safe.</summary>
internal sealed record ApiServices(
    ILlmStore Store,
    LlmObserver Observer,
    LlmPipelineHealthCheck Health,
    LlmDashboardOptions Options,
    TimeProvider Time,
    ILogger Logger,
    CancellationToken Stopping);
