using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>
/// The body of a request, made of a batch: the same batch gives the same bytes, whenever it is sent. Its memory serves one batch
/// after the other. Not thread-safe.
/// </summary>
internal sealed class OtlpMessage : IDisposable
{
    /// <summary>A message that grew beyond this is not kept for the next batch.</summary>
    private const int KeptBytes = 8 * 1024 * 1024;

    // Only what JSON demands is escaped: the content type says that it is JSON, and nobody puts it into a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly string? ScopeVersion = typeof(LlmObserver).Assembly.GetName().Version?.ToString(3);

    private readonly OtlpSettings _settings;
    private readonly ArrayBufferWriter<byte> _plain = new(64 * 1024);
    private readonly Utf8JsonWriter _json;
    private readonly IOtlpRecords _records;
    private readonly MemoryStream? _compressed;
    private readonly string _left;

    public OtlpMessage(OtlpSettings settings)
    {
        _settings = settings;
        _json = new Utf8JsonWriter(_plain, Options);
        _records = settings.Signal == OtlpSignal.Logs ? new OtlpLogRecords(_json, settings) : new OtlpSpans(_json, settings);
        _left = $"An amendment has no span: set {settings.Section}:Signal to Logs to send amendments too.";
        _compressed = settings.Gzip ? new MemoryStream() : null;
    }

    /// <summary>Log records or spans in it.</summary>
    public int Records { get; private set; }

    /// <summary>What the signal has no place for; null for nothing.</summary>
    public List<LlmRejection>? Left { get; private set; }

    public ReadOnlyMemory<byte> Body => _compressed is { } gzip ? gzip.GetBuffer().AsMemory(0, (int)gzip.Length) : _plain.WrittenMemory;

    public bool IsSmall => _plain.Capacity <= KeptBytes && (_compressed?.Capacity ?? 0) <= KeptBytes;

    /// <summary>Makes it anew.</summary>
    public void Write(LlmBatch batch)
    {
        Records = 0;
        Left = null;
        _plain.ResetWrittenCount();
        _json.Reset();
        Begin();
        for (var i = 0; i < batch.Envelopes.Count; i++)
        {
            var records = _records.Write(batch.Envelopes[i]);
            Records += records;
            if (records == 0)
            {
                (Left ??= []).Add(new LlmRejection(batch.FirstSequence + i, LlmDropReason.Unsupported, _left));
            }
        }

        End();
        _json.Flush();
        if (_compressed is { } gzip)
        {
            gzip.SetLength(0);
            using var stream = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true);
            stream.Write(_plain.WrittenSpan);
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _compressed?.Dispose();
    }

    private void Begin()
    {
        _json.WriteStartObject();
        _json.WriteStartArray(_records.Resources);
        _json.WriteStartObject();
        _json.WriteStartObject("resource"u8);
        _json.WriteStartArray("attributes"u8);
        var to = new OtlpAttributes(_json);
        foreach (var (key, value) in _settings.Resource)
        {
            to.Add(key, value);
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteStartArray(_records.Scopes);
        _json.WriteStartObject();
        _json.WriteStartObject("scope"u8);
        _json.WriteString("name"u8, LlmTelemetry.ActivitySourceName);
        _json.WriteString("version"u8, ScopeVersion);
        _json.WriteEndObject();
        if (_settings.Conventions.SchemaUrl is { } schema)
        {
            _json.WriteString("schemaUrl"u8, schema);
        }

        _json.WriteStartArray(_records.Records);
    }

    private void End()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
    }
}
