using System.Buffers;
using System.Globalization;

namespace LlmObservability;

/// <summary>The one line that a log has of a call.</summary>
internal static class CallLogText
{
    // What nearly all names are made of: only others are looked at one by one.
    private static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    public static string Of(LlmCall call)
    {
        Span<char> few = stackalloc char[512];
        if (TryWrite(call, few, out var length))
        {
            return new string(few[..length]);
        }

        for (var size = 4_096; ; size *= 4)
        {
            var many = new char[size];
            if (TryWrite(call, many, out length))
            {
                return new string(many, 0, length);
            }
        }
    }

    /// <summary>Writes it, if there is room.</summary>
    public static bool TryWrite(LlmCall call, Span<char> into, out int length)
    {
        var fits = into.TryWrite(
            CultureInfo.InvariantCulture, $"LLM call {call.Id} {call.Outcome.ToName()}: {OneLine(call.Operation)} {OneLine(call.Model)}, ", out length);
        fits = fits && TryWriteTokens(call, into[length..], out var more) && Grow(ref length, more);
        fits = fits && TryWriteCost(call, into[length..], out more) && Grow(ref length, more);
        return fits && into[length..].TryWrite(CultureInfo.InvariantCulture, $", {call.Duration.TotalMilliseconds} ms", out more) && Grow(ref length, more);
    }

    private static bool Grow(ref int length, int more)
    {
        length += more;
        return true;
    }

    private static bool TryWriteTokens(LlmCall call, Span<char> into, out int length)
    {
        var tokens = call.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return into.TryWrite($"tokens unknown, ", out length);
        }

        return call.HasOutput
            ? into.TryWrite(CultureInfo.InvariantCulture, $"{tokens.Input} input and {tokens.Output} output tokens, ", out length)
            : into.TryWrite(CultureInfo.InvariantCulture, $"{tokens.Input} input tokens, ", out length);
    }

    private static bool TryWriteCost(LlmCall call, Span<char> into, out int length) => call.Cost is { } cost
        ? into.TryWrite(CultureInfo.InvariantCulture, $"{cost.TotalUsd} USD", out length)
        : into.TryWrite($"cost unknown", out length);

    // A provider or a caller chose the name: in a log of plain text it must neither begin a line nor steer a terminal.
    private static string? OneLine(string? text)
    {
        return text is null || !text.AsSpan().ContainsAnyExcept(Printable)
            ? text
            : string.Create(text.Length, text, static (line, text) =>
            {
                for (var i = 0; i < line.Length; i++)
                {
                    line[i] = char.IsControl(text[i]) || char.GetUnicodeCategory(text[i]) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format
                        ? '\uFFFD' : text[i];
                }
            });
    }
}
