namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Who sends: the attributes of the resource, by key, the same in every request.</summary>
internal static class OtlpResource
{
    private const string ServiceName = "service.name";

    /// <param name="options">What is set for the sink; it wins.</param>
    /// <param name="variables">OpenTelemetry's variables.</param>
    /// <param name="application">What the application calls itself; null where there is none to ask.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(OtlpLlmOptions options, OtlpVariables variables, LlmObservabilityOptions? application)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Set(attributes, ServiceName, application?.Service);
        Set(attributes, "service.version", application?.ServiceVersion);
        Set(attributes, "deployment.environment.name", application?.Environment);
        foreach (var (key, value) in variables.ResourceAttributes())
        {
            Set(attributes, key, value);
        }

        Set(attributes, ServiceName, variables.Read("OTEL_SERVICE_NAME")?.Value);
        foreach (var (key, value) in options.ResourceAttributes)
        {
            Set(attributes, key, value);
        }

        attributes.TryAdd(ServiceName, "unknown_service:" + ProcessName());
        return [.. attributes];
    }

    private static void Set(SortedDictionary<string, string> attributes, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            attributes[key] = value;
        }
    }

    private static string ProcessName() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) is { Length: > 0 } name ? name : "dotnet";
}
