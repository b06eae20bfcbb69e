using System.Buffers;
using LlmObservability.Telemetry;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What a sink goes by, once options, variables and defaults are put together and found right. Immutable.</summary>
internal sealed class OtlpSettings
{
    // RFC 9110: what a header's name is made of.
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly string[] OwnHeaders = ["Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Expect"];

    private OtlpSettings(
        OtlpLlmOptions options, string section, OtlpVariables variables, OtlpVariables exporter, LlmObservabilityOptions? application, bool latestConventions)
    {
        Section = section;
        Signal = options.Signal;
        Require(Enum.IsDefined(Signal), nameof(OtlpLlmOptions.Signal), "must be Logs or Spans");
        Address = OtlpEndpoint.Of(options, section, exporter);
        // Keys go to the server that they were set for, not to another that code or the section names.
        var keys = options.UseVariables == true || OtlpEndpoint.IsThatOf(exporter, options.Endpoint) ? exporter : OtlpVariables.None(Signal);
        Headers = options.Headers.Count > 0 ? [.. options.Headers] : keys.Headers();
        RequireHeaders();
        Timeout = options.Timeout ?? exporter.Timeout() ?? TimeSpan.FromSeconds(10);
        Require(
            Timeout >= TimeSpan.FromMilliseconds(100) && Timeout <= TimeSpan.FromMinutes(10), nameof(OtlpLlmOptions.Timeout), "must be between 100 milliseconds and 10 minutes");
        var compression = options.Compression ?? exporter.Compression() ?? OtlpCompression.None;
        Require(Enum.IsDefined(compression), nameof(OtlpLlmOptions.Compression), "must be None or Gzip");
        Gzip = compression == OtlpCompression.Gzip;
        CertificateFile = options.CertificateFile ?? exporter.Find("CERTIFICATE")?.Value;
        ClientCertificateFile = options.ClientCertificateFile ?? keys.Find("CLIENT_CERTIFICATE")?.Value;
        ClientKeyFile = options.ClientKeyFile ?? keys.Find("CLIENT_KEY")?.Value;
        Require(
            ClientCertificateFile is null == ClientKeyFile is null, nameof(OtlpLlmOptions.ClientCertificateFile), "must come with ClientKeyFile: set both or neither");
        Resource = OtlpResource.Of(options, variables, application);
        Conventions = latestConventions ? GenAiConventions.Latest : GenAiConventions.V141;
        Compatibility = options.Compatibility;
        Require(
            (Compatibility & ~(LlmCompatibility.Langfuse | LlmCompatibility.OpenInference)) == 0, nameof(OtlpLlmOptions.Compatibility), "must be None, Langfuse, OpenInference or both");
        HttpClientFactory = options.HttpClientFactory;
    }

    /// <summary>The configuration section that says what to change.</summary>
    public string Section { get; }

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
        return new OtlpSettings(options, SectionOf(name), variables, uses ? variables : OtlpVariables.None(options.Signal), application, latest);
    }

    /// <summary>The configuration section of a sink.</summary>
    /// <param name="name">The sink's name.</param>
    public static string SectionOf(string name) => name == OtlpLlmSink.DefaultName ? OtlpLlmOptions.SectionName : $"{OtlpLlmOptions.SectionName}:{name}";

    private void RequireHeaders()
    {
        const string Option = nameof(OtlpLlmOptions.Headers);
        Require(Headers.All(static header => IsName(header.Key)), Option, "must have names that are tokens of HTTP: take out spaces and special characters");
        Require(Headers.All(static header => IsValue(header.Value)), Option, "must have values of visible ASCII: encode them as the server expects");
        Require(
            !Headers.Any(static header => OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)),
            Option,
            "must not hold what the sink sets itself: take out Content-Type, Content-Length, Content-Encoding, Transfer-Encoding and Expect");
        using var request = new HttpRequestMessage();
        Require(
            Headers.All(header => request.Headers.TryAddWithoutValidation(header.Key, header.Value)),
            Option,
            "must hold headers of a request alone: take out those that tell of a content, as Allow, Content-Language, Expires and Last-Modified do");
    }

    private static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Token);

    private static bool IsValue(string? value) => value is not null && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private void Require(bool condition, string option, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"{Section}:{option}, or OpenTelemetry's variable for it, {message}.", option);
        }
    }
}
