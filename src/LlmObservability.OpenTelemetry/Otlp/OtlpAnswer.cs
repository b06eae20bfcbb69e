using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using LlmObservability.Sinks;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>What a server says of a request that it took.</summary>
/// <param name="Rejected">Log records or spans that it refused; ≥ 0. It must not be sent them again.</param>
/// <param name="Warns">Whether it has something to say though it took all.</param>
internal readonly record struct OtlpAnswer(long Rejected, bool Warns)
{
    /// <summary>An answer longer than this is no OTLP server's.</summary>
    public const int MaxBytes = 64 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads it. Null for something that is no OTLP server's: then nobody has said that the records were taken.</summary>
    public static OtlpAnswer? Read(ReadOnlyMemory<byte> body, MediaTypeHeaderValue? type)
    {
        if (body.Length > MaxBytes)
        {
            return null;
        }

        if (body.Span.StartsWith(ByteOrderMark))
        {
            body = body[ByteOrderMark.Length..];
        }

        var text = body.Span.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            return default(OtlpAnswer);
        }

        var says = type?.MediaType ?? "";
        if (says.Contains("html", StringComparison.OrdinalIgnoreCase) || text[0] == '<')
        {
            return null;
        }

        var mustBeJson = says.Contains("json", StringComparison.OrdinalIgnoreCase);
        return mustBeJson || text[0] == '{' ? Parse(body) ?? (mustBeJson || says.Length == 0 ? null : default(OtlpAnswer)) : default(OtlpAnswer);
    }

    /// <summary>What became of a batch.</summary>
    /// <exception cref="LlmSinkException">Its only envelope was refused.</exception>
    public LlmWriteResult Settle(LlmBatch batch, OtlpMessage message)
    {
        var envelopes = batch.Envelopes.Count - (message.Left?.Count ?? 0);
        if (Rejected == 0)
        {
            return new LlmWriteResult(envelopes, 0, message.Left);
        }

        if (batch.Envelopes.Count == 1)
        {
            throw new LlmSinkException(LlmSinkFailure.Poison, "The OTLP server took the request and refused the record in it.");
        }

        // An upper bound: several of the refused records may be of one call.
        var refused = Rejected >= message.Records ? envelopes : (int)Math.Min(Rejected, envelopes);
        return new LlmWriteResult(envelopes - refused, 0, message.Left) { Unidentified = refused };
    }

    private static OtlpAnswer? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (answer.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (!answer.RootElement.TryGetProperty("partialSuccess"u8, out var partial) || partial.ValueKind == JsonValueKind.Null)
            {
                return default(OtlpAnswer);
            }

            if (partial.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var warns = partial.TryGetProperty("errorMessage"u8, out var message) && message.ValueKind == JsonValueKind.String && !message.ValueEquals(""u8);
            return TryCount(partial, "rejectedLogRecords"u8, out var records) && TryCount(partial, "rejectedSpans"u8, out var spans)
                ? new OtlpAnswer(Math.Max(records, spans), warns)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter: text that is no Unicode.
            return null;
        }
    }

    // A 64-bit integer is text in this encoding; some servers write a number.
    private static bool TryCount(JsonElement partial, ReadOnlySpan<byte> name, out long count)
    {
        count = 0;
        if (!partial.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        var known = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt64(out count),
            JsonValueKind.String => long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count),
            _ => false,
        };
        count = Math.Max(count, 0);
        return known;
    }
}
