using System.Buffers;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What a sink goes by, once options, variables and defaults are put together and found right. Immutable.</summary>
internal sealed class OtlpSettings
{
    private const int GrpcPort = 4317;

    // RFC 9110: what a header's name is made of.
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly string[] OwnHeaders = ["Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Expect"];

    private OtlpSettings(
        OtlpLlmOptions options, OtlpVariables variables, OtlpVariables exporter, LlmObservabilityOptions? application, bool latestConventions)
    {
        Signal = options.Signal;
        Require(Enum.IsDefined(Signal), nameof(OtlpLlmOptions.Signal), "must be Logs or Spans");
        Address = AddressOf(options, exporter);
        Headers = options.Headers.Count > 0 ? [.. options.Headers] : exporter.Headers();
        Require(Headers.All(static header => IsName(header.Key)), nameof(OtlpLlmOptions.Headers), "must have names that are tokens of HTTP: take out spaces and special characters");
        Require(
            Headers.All(static header => IsValue(header.Value)), nameof(OtlpLlmOptions.Headers), "must have values of visible ASCII: encode them as the server expects");
        Require(
            !Headers.Any(static header => OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)),
            nameof(OtlpLlmOptions.Headers),
            "must not hold what the sink sets itself: take out Content-Type, Content-Length, Content-Encoding, Transfer-Encoding and Expect");
        Timeout = options.Timeout ?? exporter.Timeout() ?? TimeSpan.FromSeconds(10);
        Require(
            Timeout >= TimeSpan.FromMilliseconds(100) && Timeout <= TimeSpan.FromMinutes(10), nameof(OtlpLlmOptions.Timeout), "must be between 100 milliseconds and 10 minutes");
        var compression = options.Compression ?? exporter.Compression() ?? OtlpCompression.None;
        Require(Enum.IsDefined(compression), nameof(OtlpLlmOptions.Compression), "must be None or Gzip");
        Gzip = compression == OtlpCompression.Gzip;
        CertificateFile = options.CertificateFile ?? exporter.Find("CERTIFICATE")?.Value;
        ClientCertificateFile = options.ClientCertificateFile ?? exporter.Find("CLIENT_CERTIFICATE")?.Value;
        ClientKeyFile = options.ClientKeyFile ?? exporter.Find("CLIENT_KEY")?.Value;
        Require(
            ClientCertificateFile is null == ClientKeyFile is null, nameof(OtlpLlmOptions.ClientCertificateFile), "must come with ClientKeyFile: set both or neither");
        Resource = OtlpResource.Of(options, variables, application);
        Conventions = latestConventions ? GenAiConventions.Latest : GenAiConventions.V141;
        Compatibility = options.Compatibility;
        Require(
            (Compatibility & ~(LlmCompatibility.Langfuse | LlmCompatibility.OpenInference)) == 0, nameof(OtlpLlmOptions.Compatibility), "must be None, Langfuse, OpenInference or both");
        HttpClientFactory = options.HttpClientFactory;
    }

    public OtlpSignal Signal { get; }

    /// <summary>Where requests go, path and all.</summary>
    public Uri Address { get; }

    /// <summary>Secrets.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    public TimeSpan Timeout { get; }

    public bool Gzip { get; }

    public string? CertificateFile { get; }

    public string? ClientCertificateFile { get; }

    public string? ClientKeyFile { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Resource { get; }

    public GenAiConventions Conventions { get; }

    public LlmCompatibility Compatibility { get; }

    public Func<HttpClient>? HttpClientFactory { get; }

    /// <summary>Puts them together.</summary>
    /// <param name="options">The sink's.</param>
    /// <param name="name">The sink's name.</param>
    /// <param name="variable">Reads a variable by its name.</param>
    /// <param name="application">The library's own options; null where there is no container.</param>
    /// <exception cref="ArgumentException">Says what is wrong and what to change.</exception>
    public static OtlpSettings Of(OtlpLlmOptions options, string name, Func<string, string?> variable, LlmObservabilityOptions? application)
    {
        var variables = new OtlpVariables(variable, options.Signal);
        var uses = options.UseVariables ?? name == OtlpLlmSink.DefaultName;
        var latest = options.LatestConventions ?? application?.Telemetry.LatestConventions
            ?? GenAiConventions.AsksForLatest(variable(GenAiConventions.OptInVariable));
        return new OtlpSettings(options, variables, uses ? variables : new OtlpVariables(static _ => null, options.Signal), application, latest);
    }

    private static Uri AddressOf(OtlpLlmOptions options, OtlpVariables exporter)
    {
        var path = options.Signal == OtlpSignal.Logs ? "/v1/logs" : "/v1/traces";
        if (options.Endpoint is { } endpoint)
        {
            RequireHttp(endpoint, $"{OtlpLlmOptions.SectionName}:{nameof(OtlpLlmOptions.Endpoint)}");
            return WithPath(endpoint, path);
        }

        var own = exporter.FindOwn("ENDPOINT");
        if ((own ?? exporter.Find("ENDPOINT")) is not var (variable, value))
        {
            return new Uri("http://localhost:4318" + path);
        }

        if (!Uri.TryCreate(value, UriKind.Absolute, out var address))
        {
            throw new ArgumentException($"{variable} must be an absolute http or https address.");
        }

        RequireHttp(address, variable);
        var protocol = exporter.Find("PROTOCOL")?.Value;
        if (protocol == "grpc" || (protocol is null && address.Port == GrpcPort))
        {
            throw new ArgumentException(
                $"{variable} is an address for gRPC, which this sink does not speak: set {OtlpLlmOptions.SectionName}:{nameof(OtlpLlmOptions.Endpoint)} to the server's "
                + "address for HTTP, as a rule the same host with port 4318.");
        }

        return own is null ? WithPath(address, path) : address;
    }

    private static Uri WithPath(Uri endpoint, string path)
    {
        var known = endpoint.AbsolutePath.TrimEnd('/');
        return known.EndsWith(path, StringComparison.Ordinal) ? endpoint : new UriBuilder(endpoint) { Path = known + path }.Uri;
    }

    private static void RequireHttp(Uri address, string where)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"{where} must be an absolute http or https address.");
        }

        if (address.UserInfo.Length > 0)
        {
            throw new ArgumentException($"{where} must hold no user and password: put them into an Authorization header ({OtlpLlmOptions.SectionName}:Headers).");
        }
    }

    private static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Token);

    private static bool IsValue(string? value) => value is not null && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static void Require(bool condition, string option, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"{OtlpLlmOptions.SectionName}:{option}, or OpenTelemetry's variable for it, {message}.", option);
        }
    }
}
