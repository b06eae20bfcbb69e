using LlmObservability.Telemetry;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>The labels of LLM gateways, and the library's own that they are made of.</summary>
internal static class GatewayLabels
{
    public const string Provider = "provider";
    public const string Model = "model";
    public const string RequestType = "request_type";
    public const string StatusCode = "status_code";
    public const string ToolType = "tool_type";
    public const string ToolName = "tool_name";
    public const string ErrorType = "error_type";

    public static readonly string OwnProvider = MetricNames.Label(TelemetryNames.GenAi.ProviderName);
    public static readonly string OwnOperation = MetricNames.Label(TelemetryNames.GenAi.OperationName);
    public static readonly string OwnRequestModel = MetricNames.Label(TelemetryNames.GenAi.RequestModel);
    public static readonly string OwnResponseModel = MetricNames.Label(TelemetryNames.GenAi.ResponseModel);
    public static readonly string OwnStatus = MetricNames.Label(TelemetryNames.HttpStatusCode);
    public static readonly string OwnToolName = MetricNames.Label(TelemetryNames.GenAi.ToolName);
    public static readonly string OwnToolType = MetricNames.Label(TelemetryNames.GenAi.ToolType);
    public static readonly string TokenType = MetricNames.Label(TelemetryNames.GenAi.TokenType);
    public static readonly string Outcome = MetricNames.Label(TelemetryNames.Own.Outcome);
}
