using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>Reads serialised envelopes. A field that a record does not know is skipped with all that it holds.</summary>
internal static class EnvelopeReader
{
    // Longer than any name that is known: a name that does not fit is unknown.
    private const int MaxNameLength = 64;

    /// <summary>Checks that the bytes are one JSON object and returns its kind; null when its version is not known.</summary>
    public static string? FindKind(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject, "An envelope is one JSON object.");
        string? kind = null;
        var version = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("v"u8))
            {
                json.Read();
                version = JsonValues.Int32(ref json);
            }
            else if (json.ValueTextEquals("kind"u8))
            {
                json.Read();
                kind = json.GetString();
            }
            else
            {
                json.Skip();
            }
        }

        // Only white space may follow; anything else makes this throw.
        json.Read();
        Require(version >= 1, "An envelope has a version, from 1.");
        Require(kind is not null, "An envelope has a kind.");
        return version == LlmEnvelopeSerializer.Version ? kind : null;
    }

    public static LlmCallEnvelope ReadCall(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        json.Read();
        var fields = new CallFields();
        ReadFields(ref json, fields);
        return fields.ToEnvelope();
    }

    public static LlmAmendmentEnvelope ReadAmendment(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        json.Read();
        var fields = new AmendmentFields();
        ReadFields(ref json, fields);
        return new LlmAmendmentEnvelope(fields.ToAmendment());
    }

    public static LlmToolCallEnvelope ReadToolCall(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        json.Read();
        var fields = new ToolCallFields();
        ReadFields(ref json, fields);
        return fields.ToEnvelope();
    }

    public static List<LlmAttempt> ReadAttempts(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.StartArray, "An envelope's attempts are an array.");
        var attempts = new List<LlmAttempt>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Require(json.TokenType == JsonTokenType.StartObject, "An attempt is an object.");
            var fields = new AttemptFields();
            ReadFields(ref json, fields);
            attempts.Add(fields.ToAttempt());
        }

        return attempts;
    }

    public static List<LlmToolCall> ReadToolCalls(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.StartArray, "An envelope's tool calls are an array.");
        var toolCalls = new List<LlmToolCall>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Require(json.TokenType == JsonTokenType.StartObject, "A tool call is an object.");
            var fields = new ToolCallFields();
            ReadFields(ref json, fields);
            toolCalls.Add(fields.ToToolCall());
        }

        return toolCalls;
    }

    public static List<KeyValuePair<string, string>> ReadTags(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.StartObject, "An envelope's tags are an object.");
        var tags = new List<KeyValuePair<string, string>>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.Null)
            {
                tags.Add(new KeyValuePair<string, string>(key, json.GetString()!));
            }
        }

        return tags;
    }

    public static LlmTokenDetail ReadTokenDetail(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.StartObject, "An envelope's token detail is an object.");
        var fields = new TokenDetailFields();
        ReadFields(ref json, fields);
        return fields.Detail;
    }

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new LlmFormatException(otherwise);
        }
    }

    /// <summary>Reads an object to its end; nulls count as absent, and unknown fields are skipped.</summary>
    private static void ReadFields(ref Utf8JsonReader json, IEnvelopeFields fields)
    {
        Span<char> buffer = stackalloc char[MaxNameLength];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var length = json.ValueSpan.Length <= MaxNameLength ? json.CopyString(buffer) : 0;
            json.Read();
            if (json.TokenType != JsonTokenType.Null && !fields.TryRead(buffer[..length], ref json))
            {
                json.Skip();
            }
        }
    }
}
