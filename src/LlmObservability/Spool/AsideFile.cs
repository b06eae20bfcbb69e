using System.Buffers;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.Spool;

/// <summary>
/// Records that a sink refuses, one JSON object a line with the reason, for a person to look at. For its owner only, and
/// bounded: beyond it they are counted alone. Thread-safe.
/// </summary>
internal sealed class AsideFile(string path)
{
    /// <summary>Documented in docs/reliability.md.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    private readonly object _gate = new();
    private long _count;

    /// <summary>How many were put aside.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Puts envelopes aside.</summary>
    /// <returns>Whether they are on disk; never throws.</returns>
    public bool TryPut(LlmBatch batch, LlmDropReason reason, string failure, DateTimeOffset now)
    {
        try
        {
            var lines = new ArrayBufferWriter<byte>(4096);
            for (var i = 0; i < batch.Envelopes.Count; i++)
            {
                WriteLine(lines, batch.WriterId, batch.FirstSequence + i, batch.Envelopes[i], reason, failure, now);
            }

            lock (_gate)
            {
                CreateDirectory(Path.GetDirectoryName(path)!);
                using var file = new FileStream(path, Options());
                if (file.Length + lines.WrittenCount > MaxBytes)
                {
                    return false;
                }

                file.Write(lines.WrittenSpan);
                file.Flush(flushToDisk: true);
            }

            Interlocked.Add(ref _count, batch.Envelopes.Count);
            return true;
        }
        catch (Exception)
        {
            // They are counted as dropped, with their reason, either way.
            return false;
        }
    }

    private static void CreateDirectory(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void WriteLine(
        ArrayBufferWriter<byte> lines, Guid writer, long sequence, LlmEnvelope envelope, LlmDropReason reason, string failure, DateTimeOffset now)
    {
        using (var json = new Utf8JsonWriter(lines, LlmEnvelopeSerializer.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("put_aside_at"u8, now.UtcDateTime);
            json.WriteString("reason"u8, reason.ToName());
            json.WriteString("failure"u8, failure);
            json.WriteString("writer_id"u8, writer);
            json.WriteNumber("sequence"u8, sequence);
            json.WritePropertyName("envelope"u8);
            LlmEnvelopeSerializer.Serialize(json, envelope);
            json.WriteEndObject();
        }

        lines.Write("\n"u8);
    }
}
