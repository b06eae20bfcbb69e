using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// Says of answers that were asked for as JSON whether they parsed and match the schema asked for. Thread-safe; never throws.
/// </summary>
/// <remarks>
/// Compiled schemas are kept by their text and not by the format object, since typed calls make a new object each time.
/// </remarks>
internal sealed class StructuredAnswers
{
    /// <summary>The most characters of an answer that is looked at, unless said otherwise.</summary>
    internal const int DefaultMaxChars = 262_144;

    /// <summary>How many compiled schemas are kept; a new one replaces the oldest.</summary>
    internal const int MaxSchemas = 32;

    /// <summary>The bytes of the longest schema that is kept; longer ones are compiled for each answer.</summary>
    internal const int MaxKeptBytes = 131_072;

    private readonly int _maxChars;
    private readonly object _adding = new();
    // Newest first; replaced as a whole.
    private Entry[] _entries = [];

    internal StructuredAnswers(int maxChars = DefaultMaxChars) => _maxChars = maxChars;

    /// <summary>An empty text, for the pieces of one answer.</summary>
    internal AnswerText Begin() => new(_maxChars);

    /// <summary>Checks an answer whose pieces were gathered; the text remains the caller's to dispose.</summary>
    internal AnswerVerdict Check(ChatResponseFormatJson format, AnswerText text) => SchemaOf(format.Schema).Check(text);

    internal AnswerVerdict Check(ChatResponseFormatJson format, ReadOnlySpan<char> text)
    {
        using var gathered = Begin();
        gathered.Append(text);
        return Check(format, gathered);
    }

    /// <summary>The compiled schema, from earlier calls if it was asked for lately.</summary>
    internal AnswerSchema SchemaOf(JsonElement? schema)
    {
        if (schema is not { } element)
        {
            return AnswerSchema.None;
        }

        try
        {
            return Find(element);
        }
        catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
        {
            return AnswerSchema.Unusable(UncheckedReason.SchemaNotUsable, "the schema's document is no longer there");
        }
    }

    private AnswerSchema Find(JsonElement element)
    {
        var text = JsonMarshal.GetRawUtf8Value(element);
        if (FindIn(Volatile.Read(ref _entries), text) is { } known)
        {
            return known;
        }

        var schema = SchemaCompiler.Compile(element);
        return text.Length > MaxKeptBytes ? schema : Add(text, schema);
    }

    private AnswerSchema Add(ReadOnlySpan<byte> text, AnswerSchema schema)
    {
        lock (_adding)
        {
            if (FindIn(_entries, text) is { } known)
            {
                return known;
            }

            var kept = Math.Min(_entries.Length, MaxSchemas - 1);
            Volatile.Write(ref _entries, [new Entry(text.ToArray(), schema), .. _entries.AsSpan(0, kept)]);
            return schema;
        }
    }

    private static AnswerSchema? FindIn(Entry[] entries, ReadOnlySpan<byte> text)
    {
        foreach (var entry in entries)
        {
            // Unequal lengths tell most apart, so a hash would cost more than it spares.
            if (text.SequenceEqual(entry.Text))
            {
                return entry.Schema;
            }
        }

        return null;
    }

    private sealed record Entry(byte[] Text, AnswerSchema Schema);
}
