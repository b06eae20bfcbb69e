namespace LlmObservability.Telemetry;

/// <summary>One operation on one client and model.</summary>
internal readonly record struct TelemetryTargetKey(
    string Operation, string? Provider, string? RequestModel, string? ServerAddress, int? ServerPort);
