using System.Text;

namespace LlmObservability.Dashboard.Tests.Streams;

/// <summary>Reads CSV by the letter of RFC 4180; anything else is an error.</summary>
internal static class CsvReader
{
    public static List<List<string>> Read(string text)
    {
        var (rows, row, value) = (new List<List<string>>(), new List<string>(), new StringBuilder());
        for (var i = 0; i < text.Length; i++)
        {
            if (value.Length == 0 && text[i] == '"')
            {
                for (i++; text[i] != '"' || (i + 1 < text.Length && text[i + 1] == '"'); i++)
                {
                    i += text[i] == '"' ? 1 : 0;
                    value.Append(text[i]);
                }
            }
            else if (text[i] == ',')
            {
                row.Add(value.ToString());
                value.Clear();
            }
            else if (text[i] == '\r')
            {
                text[++i].ShouldBe('\n');
                row.Add(value.ToString());
                value.Clear();
                rows.Add(row);
                row = [];
            }
            else
            {
                text[i].ShouldNotBe('\n', "a line feed stands by itself outside quotes");
                text[i].ShouldNotBe('"', "a quote stands inside a value without quotes");
                value.Append(text[i]);
            }
        }

        row.ShouldBeEmpty("the last line has no end");
        return rows;
    }
}
