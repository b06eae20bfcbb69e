namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>Where a sink's requests go.</summary>
internal static class OtlpEndpoint
{
    private const int GrpcPort = 4317;

    /// <summary>The address, path and all.</summary>
    /// <param name="options">The sink's options; an endpoint in them wins.</param>
    /// <param name="section">The sink's configuration section.</param>
    /// <param name="exporter">OpenTelemetry's variables, as far as they count.</param>
    /// <exception cref="ArgumentException">Says what is wrong and what to change.</exception>
    public static Uri Of(OtlpLlmOptions options, string section, OtlpVariables exporter)
    {
        var path = options.Signal == OtlpSignal.Logs ? "/v1/logs" : "/v1/traces";
        var option = $"{section}:{nameof(OtlpLlmOptions.Endpoint)}";
        if (options.Endpoint is { } endpoint)
        {
            RequireHttp(endpoint, option, section);
            return endpoint.Port == GrpcPort ? throw IsForGrpc(option, option) : WithPath(endpoint, path);
        }

        if (Told(exporter) is not var (variable, value))
        {
            return new Uri("http://localhost:4318" + path);
        }

        if (!Uri.TryCreate(value, UriKind.Absolute, out var address))
        {
            throw new ArgumentException($"{variable} must be an absolute http or https address.");
        }

        RequireHttp(address, variable, section);
        var protocol = exporter.Find("PROTOCOL")?.Value;
        if (protocol == "grpc" || (protocol is null && address.Port == GrpcPort))
        {
            throw IsForGrpc(variable, option);
        }

        return exporter.FindOwn("ENDPOINT") is null ? WithPath(address, path) : address;
    }

    /// <summary>Whether the variables name that server: the same scheme, host and port.</summary>
    /// <param name="exporter">OpenTelemetry's variables.</param>
    /// <param name="endpoint">The sink's own endpoint; null where the variables' is used anyway.</param>
    public static bool IsThatOf(OtlpVariables exporter, Uri? endpoint) => endpoint is null
        || (Told(exporter) is var (_, value) && Uri.TryCreate(value, UriKind.Absolute, out var told)
            && Uri.Compare(endpoint, told, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0);

    private static (string Variable, string Value)? Told(OtlpVariables exporter) => exporter.FindOwn("ENDPOINT") ?? exporter.Find("ENDPOINT");

    private static ArgumentException IsForGrpc(string where, string option) => new(
        $"{where} is an address for gRPC, which this sink does not speak: set {option} to the server's address for HTTP, as a rule the same host with port 4318.");

    private static Uri WithPath(Uri endpoint, string path)
    {
        var known = endpoint.AbsolutePath.TrimEnd('/');
        return known.EndsWith(path, StringComparison.Ordinal) ? endpoint : new UriBuilder(endpoint) { Path = known + path }.Uri;
    }

    private static void RequireHttp(Uri address, string where, string section)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"{where} must be an absolute http or https address.");
        }

        if (address.UserInfo.Length > 0)
        {
            throw new ArgumentException($"{where} must hold no user and password: put them into an Authorization header ({section}:Headers).");
        }
    }
}
