namespace LlmObservability.OpenTelemetry.Compatibility;

/// <summary>
/// Names of OpenTelemetry's registry (https://opentelemetry.io/docs/specs/semconv/registry/attributes/) that both
/// vocabularies read alike.
/// </summary>
internal static class CommonNames
{
    public const string UserId = "user.id";
    public const string SessionId = "session.id";
}
