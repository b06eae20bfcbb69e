namespace LlmObservability;

/// <summary>
/// Bounds of <see cref="LlmPipelineHealthCheck"/>. Bound from the configuration section <c>LlmObservability:Health</c> where
/// there is one, then from code; validated when the host starts.
/// </summary>
public sealed class LlmPipelineHealthOptions
{
    /// <summary>A sink whose oldest record waits longer than this is degraded. Default 2 minutes; 1 second to 1 day.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For so long after its last drop a sink is degraded. Default 5 minutes; 0 to 1 day.</summary>
    public TimeSpan DropWindow { get; set; } = TimeSpan.FromMinutes(5);
}
