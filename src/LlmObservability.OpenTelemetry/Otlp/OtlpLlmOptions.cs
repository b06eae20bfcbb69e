namespace LlmObservability.OpenTelemetry;

/// <summary>
/// Options of the OTLP sink. What is set in code wins over the configuration section, and both over OpenTelemetry's variables
/// (<c>OTEL_EXPORTER_OTLP_LOGS_…</c> or <c>…_TRACES_…</c>, then <c>OTEL_EXPORTER_OTLP_…</c>), which the application's configuration
/// includes as a rule. Validated when the sink is created.
/// </summary>
public sealed class OtlpLlmOptions
{
    /// <summary>Name of the configuration section; a sink of another name than <c>otlp</c> reads the one below it that has its name.</summary>
    public const string SectionName = "LlmObservability:Otlp";

    /// <summary>
    /// The server, http or https; <c>/v1/logs</c> or <c>/v1/traces</c> is put behind its path unless it ends so. Default
    /// <c>OTEL_EXPORTER_OTLP_LOGS_ENDPOINT</c> (or <c>…_TRACES_…</c>), used as it is; else <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>;
    /// else <c>http://localhost:4318</c>. With one set here, headers and client certificate of the variables count only where the
    /// variables' endpoint has the same scheme, host and port, or <see cref="UseVariables"/> is true. Port 4317, which is
    /// gRPC's, is refused.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// Headers of every request, keys of servers for example: secrets, never logged. Where there is one here, those of the
    /// variables (<c>…_HEADERS</c>) do not count. Names are tokens of HTTP, values visible ASCII; none that tells of a content (<c>Content-…</c>, <c>Expires</c>).
    /// </summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The bound on one request with its answer; beyond it is sent again later. 100 ms to 10 minutes, and of no use beyond
    /// <see cref="LlmPipelineOptions.WriteTimeout"/>. Default <c>…_TIMEOUT</c> (milliseconds), else 10 s.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>How requests are compressed. Default <c>…_COMPRESSION</c> (<c>gzip</c> or <c>none</c>), else not at all.</summary>
    public OtlpCompression? Compression { get; set; }

    /// <summary>What records become. Default <see cref="OtlpSignal.Logs"/>.</summary>
    public OtlpSignal Signal { get; set; } = OtlpSignal.Logs;

    /// <summary>
    /// Attributes of the resource, text each. They win over <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c>, which win
    /// over service, version and environment of <see cref="LlmObservabilityOptions"/>. Without any <c>service.name</c> it is
    /// <c>unknown_service:</c> and the process's name.
    /// </summary>
    public IDictionary<string, string> ResourceAttributes { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether attributes are named after the GenAI conventions under development. Default: as spans and metrics are (<see cref="LlmTelemetryOptions.LatestConventions"/>).</summary>
    public bool? LatestConventions { get; set; }

    /// <summary>Attributes by which other tools know calls and tool calls, beside those of the conventions. Default none.</summary>
    public LlmCompatibility Compatibility { get; set; }

    /// <summary>
    /// Whether <c>OTEL_EXPORTER_OTLP_…</c> count. Default: for the sink named <c>otlp</c> alone, and with an <see cref="Endpoint"/>
    /// of its own on another server without headers and client certificate: no server is sent another's keys. True: all of them
    /// count, wherever the sink sends.
    /// </summary>
    public bool? UseVariables { get; set; }

    /// <summary>Path of a PEM file with the certificates that the server's must lead to, in place of the system's. Default <c>…_CERTIFICATE</c>, else the system's.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>Path of a PEM file with the client's certificate and what leads to its root, for mutual TLS; with <see cref="ClientKeyFile"/>. Default <c>…_CLIENT_CERTIFICATE</c>, else none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>Path of a PEM file with that certificate's key, unencrypted. Default <c>…_CLIENT_KEY</c>, else none.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>
    /// Makes the client that sends, once; it is disposed with the sink. Code only. It takes the place of the sink's own, so
    /// redirects, cookies, certificates, and whether its requests are traced, are then its affair. Default: a client of the sink's
    /// own, which follows no redirect, keeps no cookie and is traced by nobody.
    /// </summary>
    public Func<HttpClient>? HttpClientFactory { get; set; }
}
