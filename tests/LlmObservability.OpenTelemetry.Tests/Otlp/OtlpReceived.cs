using System.Text.Json;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>A request as a server saw it, decompressed.</summary>
internal sealed class OtlpReceived(string path, Dictionary<string, string> headers, byte[] body)
{
    private readonly JsonDocument _json = JsonDocument.Parse(body);

    public string Path => path;

    public Dictionary<string, string> Headers => headers;

    public byte[] Body => body;

    public JsonElement Root => _json.RootElement;

    public Dictionary<string, JsonElement> Resource => OtlpRecord.Read(Resources.GetProperty("resource").GetProperty("attributes"));

    public JsonElement Scope => Scopes.GetProperty("scope");

    public JsonElement Scopes => Resources.GetProperty(IsLogs ? "scopeLogs" : "scopeSpans").EnumerateArray().Single();

    public IReadOnlyList<OtlpRecord> Records =>
        [.. Scopes.GetProperty(IsLogs ? "logRecords" : "spans").EnumerateArray().Select(record => new OtlpRecord(record))];

    public IReadOnlyList<string> Uids => [.. Records.Select(record => record.Uid)];

    private bool IsLogs => Root.TryGetProperty("resourceLogs", out _);

    private JsonElement Resources => Root.GetProperty(IsLogs ? "resourceLogs" : "resourceSpans").EnumerateArray().Single();
}
