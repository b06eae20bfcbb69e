using System.Buffers;
using System.Text;
using LlmObservability.Dashboard.Parameters;

namespace LlmObservability.Dashboard.Export;

/// <summary>
/// Values in CSV. Text that a spreadsheet would take for a formula gets an apostrophe before it, also where it would begin a cell if the
/// file were taken apart at semicolons, tabs or line ends. Control characters but tab and line ends, and marks of direction, become
/// U+FFFD. Text that needs it stands in quotes.
/// </summary>
internal static class CsvText
{
    // The full-width forms are folded to these by spreadsheets.
    private static readonly SearchValues<char> FormulaStarts = SearchValues.Create("=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");
    private static readonly SearchValues<char> CellEnds = SearchValues.Create(";\t\r\n");
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",;\"\r\n\t' ");

    public static void Separate(IBufferWriter<byte> output, ref bool first)
    {
        if (!first)
        {
            output.Write(","u8);
        }

        first = false;
    }

    public static void EndLine(IBufferWriter<byte> output) => output.Write("\r\n"u8);

    /// <summary>A number, a time, an id or a name of this library: nothing in it needs care.</summary>
    public static void WritePlain(IBufferWriter<byte> output, string value) => Encoding.UTF8.GetBytes(value, output);

    /// <summary>Anybody's text.</summary>
    public static void WriteText(IBufferWriter<byte> output, string value)
    {
        var text = Defused(Clean(value));
        if (text.Length > 0 && !text.AsSpan().ContainsAny(NeedQuotes))
        {
            Encoding.UTF8.GetBytes(text, output);
            return;
        }

        Encoding.UTF8.GetBytes("\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"", output);
    }

    /// <summary>The text with an apostrophe before each place where a formula would begin; white space before it does not save, since some readers take it away.</summary>
    private static string Defused(string text)
    {
        if (!text.AsSpan().ContainsAny(FormulaStarts))
        {
            return text;
        }

        var defused = new StringBuilder(text.Length + 1);
        var begins = true;
        for (var i = 0; i < text.Length; i++)
        {
            if (begins && FormulaStarts.Contains(text[i]) && (i == 0 || !CellEnds.Contains(text[i])))
            {
                defused.Append('\'');
            }

            begins = CellEnds.Contains(text[i]) || (begins && char.IsWhiteSpace(text[i]));
            defused.Append(text[i]);
        }

        return defused.ToString();
    }

    private static string Clean(string text)
    {
        foreach (var character in text)
        {
            if (!IsKept(character))
            {
                return string.Create(text.Length, text, static (target, source) =>
                {
                    for (var i = 0; i < source.Length; i++)
                    {
                        target[i] = IsKept(source[i]) ? source[i] : '\uFFFD';
                    }
                });
            }
        }

        return text;
    }

    private static bool IsKept(char character) =>
        character is '\t' or '\r' or '\n' || char.IsSurrogate(character) || SafeText.IsPlain(character);
}
