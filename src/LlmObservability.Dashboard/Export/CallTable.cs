using System.Buffers;

namespace LlmObservability.Dashboard.Export;

/// <summary>CSV after RFC 4180 with a line of names, safe for spreadsheets (<see cref="CsvText"/>).</summary>
internal sealed class CallTable : ICallFormat
{
    public const string MediaType = "text/csv";

    public string ContentType => MediaType + "; charset=utf-8; header=present";

    public string Extension => "csv";

    public void Begin(IBufferWriter<byte> output)
    {
        var first = true;
        foreach (var column in CallColumns.All)
        {
            CsvText.Separate(output, ref first);
            CsvText.WritePlain(output, column.Name);
        }

        CsvText.EndLine(output);
    }

    public void Write(IBufferWriter<byte> output, LlmCall call)
    {
        var first = true;
        foreach (var column in CallColumns.All)
        {
            CsvText.Separate(output, ref first);
            if (column.Read(call) is not { } value)
            {
                continue;
            }

            if (column.IsText)
            {
                CsvText.WriteText(output, value);
            }
            else
            {
                CsvText.WritePlain(output, value);
            }
        }

        CsvText.EndLine(output);
    }
}
