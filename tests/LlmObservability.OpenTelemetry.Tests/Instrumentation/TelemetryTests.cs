namespace LlmObservability.OpenTelemetry.Tests.Instrumentation;

/// <summary>Of tests that listen to the whole process: none runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryTests
{
    public const string Name = "telemetry";
}
