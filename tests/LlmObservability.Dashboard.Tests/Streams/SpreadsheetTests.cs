using System.Buffers;
using System.Text;
using LlmObservability.Dashboard.Export;

namespace LlmObservability.Dashboard.Tests.Streams;

/// <summary>No text begins a formula, whichever character a spreadsheet takes the file apart at.</summary>
public sealed class SpreadsheetTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("\"=1+1")]
    [InlineData("a;=1+1")]
    [InlineData("a;\"=1+1;")]
    [InlineData("a; \" \"@SUM(1);b")]
    [InlineData("a;\"\"\"-1")]
    [InlineData("a\n\"+1")]
    [InlineData("a\t\"=1")]
    [InlineData("\";\"=cmd|' /C calc'!A0;\"")]
    public void No_cell_is_a_formula(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        CsvText.WritePlain(output, "17");
        foreach (var value in new[] { text, "plain", text })
        {
            var first = false;
            CsvText.Separate(output, ref first);
            CsvText.WriteText(output, value);
        }

        CsvText.EndLine(output);
        var line = Encoding.UTF8.GetString(output.WrittenSpan);
        foreach (var separator in new[] { ',', ';', '\t' })
        {
            Cells(line, separator).ShouldAllBe(cell => !"=+-@".Contains((cell.Trim() + " ")[0]), $"at '{separator}': {line}");
        }

        var row = CsvReader.Read(line).ShouldHaveSingleItem();
        row.Count.ShouldBe(4);
        row[1].Replace("'", "", StringComparison.Ordinal).ShouldBe(text.Replace("'", "", StringComparison.Ordinal));
    }

    /// <summary>As spreadsheets read: quotes count where a cell begins with one, and what follows the closing one belongs to the cell.</summary>
    private static IEnumerable<string> Cells(string text, char separator)
    {
        var (cell, isQuoted) = (new StringBuilder(), false);
        for (var (i, begins) = (0, true); i < text.Length; i++)
        {
            if (begins && text[i] == '"')
            {
                (begins, isQuoted) = (false, true);
            }
            else if (isQuoted && text[i] == '"')
            {
                isQuoted = i + 1 < text.Length && text[i + 1] == '"';
                if (isQuoted)
                {
                    cell.Append(text[++i]);
                }
            }
            else if (!isQuoted && (text[i] == separator || text[i] is '\r' or '\n'))
            {
                yield return cell.ToString();
                cell.Clear();
                begins = true;
            }
            else
            {
                begins = false;
                cell.Append(text[i]);
            }
        }

        yield return cell.ToString();
    }
}
