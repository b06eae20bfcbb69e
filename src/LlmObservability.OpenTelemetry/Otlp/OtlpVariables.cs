using System.Globalization;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>OpenTelemetry's variables: those of one signal before those of all. An empty one counts as not set.</summary>
/// <param name="read">Reads one by its name.</param>
/// <param name="signal">Whose signal's.</param>
internal sealed class OtlpVariables(Func<string, string?> read, OtlpSignal signal)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    private readonly string _signalPrefix = Prefix + (signal == OtlpSignal.Logs ? "LOGS_" : "TRACES_");

    /// <summary>As if none were set.</summary>
    public static OtlpVariables None(OtlpSignal signal) => new(static _ => null, signal);

    /// <summary>The value and the variable that it is of; null where neither is set.</summary>
    /// <param name="name">The name without its prefix.</param>
    public (string Variable, string Value)? Find(string name) => Read(_signalPrefix + name) ?? Read(Prefix + name);

    /// <summary>The same of the signal's own alone.</summary>
    public (string Variable, string Value)? FindOwn(string name) => Read(_signalPrefix + name);

    public (string Variable, string Value)? Read(string variable) =>
        read(variable) is { } value && !string.IsNullOrWhiteSpace(value) ? (variable, value.Trim()) : null;

    public TimeSpan? Timeout()
    {
        if (Find("TIMEOUT") is not var (variable, value))
        {
            return null;
        }

        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ArgumentException($"{variable} must be a whole number of milliseconds.");
    }

    public OtlpCompression? Compression()
    {
        return Find("COMPRESSION") is not var (variable, value) ? null : value switch
        {
            "gzip" => OtlpCompression.Gzip,
            "none" => OtlpCompression.None,
            _ => throw new ArgumentException($"{variable} must be gzip or none."),
        };
    }

    /// <summary>Headers, percent-decoded. What is wrong is not repeated: it may be a key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers()
    {
        if (Find("HEADERS") is not var (variable, value))
        {
            return [];
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var item in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            headers.Add(Pair(item) ?? throw new ArgumentException($"{variable} must be a list like key=value,key=value, with special characters percent-encoded."));
        }

        return headers;
    }

    /// <summary>The attributes of <c>OTEL_RESOURCE_ATTRIBUTES</c>, without those that are malformed.</summary>
    public IEnumerable<KeyValuePair<string, string>> ResourceAttributes()
    {
        var list = Read("OTEL_RESOURCE_ATTRIBUTES") is var (_, value) ? value : "";
        foreach (var item in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Pair(item) is { } pair)
            {
                yield return pair;
            }
        }
    }

    private static KeyValuePair<string, string>? Pair(string item)
    {
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        return equals <= 0 ? null : new(
            Uri.UnescapeDataString(item[..equals].Trim()), Uri.UnescapeDataString(item[(equals + 1)..].Trim()));
    }
}
