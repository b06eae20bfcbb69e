using System.Buffers;
using System.Text.Json;
using LlmObservability.Dashboard.Answers;

namespace LlmObservability.Dashboard.Export;

/// <summary>JSON Lines: each call as the list of calls gives it. For one export.</summary>
internal sealed class CallLines : ICallFormat
{
    public const string MediaType = "application/jsonl";

    public string ContentType => MediaType + "; charset=utf-8";

    public string Extension => "jsonl";

    public void Begin(IBufferWriter<byte> output)
    {
    }

    public void Write(IBufferWriter<byte> output, LlmCall call)
    {
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, new CallAnswer(call), AnswerJson.Default.CallAnswer);
        json.Flush();
        output.Write("\n"u8);
    }
}
