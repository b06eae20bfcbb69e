using LlmObservability.Telemetry;

namespace LlmObservability.AspNetCore;

/// <summary>The names of the package's own meter.</summary>
internal static class AspNetCoreMeter
{
    public const string Name = "LlmObservability.AspNetCore";

    public const string DelegateFailures = TelemetryNames.Own.Prefix + "http.delegate_failures";

    /// <summary>Which delegate failed: the tag that it gives.</summary>
    public const string Delegate = TelemetryNames.Own.Prefix + "http.delegate";

    public const string FailureUnit = "{failure}";
}
