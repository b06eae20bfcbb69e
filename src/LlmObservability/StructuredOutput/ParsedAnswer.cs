using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>An answer's text as JSON, if it is; until it is disposed, or the text is.</summary>
internal readonly struct ParsedAnswer : IDisposable
{
    /// <summary>How many arrays and objects may lie inside each other; the time that a document takes grows with it.</summary>
    internal const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private ParsedAnswer(bool isJson, JsonDocument? document)
    {
        IsJson = isJson;
        Document = document;
    }

    internal bool IsJson { get; }

    /// <summary>Null for what is no JSON, and for JSON that is nested too deeply.</summary>
    internal JsonDocument? Document { get; }

    internal static ParsedAnswer Of(AnswerText text)
    {
        var utf8 = text.Bytes();
        if (text.IsBroken || !MayBeJson(utf8.Span))
        {
            return default;
        }

        try
        {
            return new ParsedAnswer(true, JsonDocument.Parse(utf8, Options));
        }
        catch (JsonException)
        {
            return new ParsedAnswer(IsDeepJson(utf8.Span), null);
        }
    }

    public void Dispose() => Document?.Dispose();

    // Prose and Markdown fences are told from JSON by their first character, which spares the parser's exception.
    private static bool MayBeJson(ReadOnlySpan<byte> utf8)
    {
        var start = utf8.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0 && "{[\"-0123456789tfn"u8.Contains(utf8[start]);
    }

    private static bool IsDeepJson(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Count((byte)'[') + utf8.Count((byte)'{') <= MaxDepth)
        {
            return false;
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
