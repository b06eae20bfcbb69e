using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LlmObservability.Dashboard.Answers;

namespace LlmObservability.Dashboard.Live;

/// <summary>Server-sent events. JSON has no line breaks, so that one <c>data</c> line holds it.</summary>
internal static class LiveEvents
{
    public const string MediaType = "text/event-stream";

    /// <summary>What a browser's EventSource waits before it comes again, and the id it then comes with if no call was told.</summary>
    public static void WriteStart(IBufferWriter<byte> output, Guid after)
    {
        output.Write("retry: 3000\n"u8);
        WriteId(output, after);
        output.Write("\n"u8);
    }

    public static void WriteHeartbeat(IBufferWriter<byte> output) => output.Write(":\n\n"u8);

    public static void WriteCall(IBufferWriter<byte> output, LlmCall call)
    {
        WriteId(output, call.Id);
        output.Write("event: call\n"u8);
        WriteData(output, new CallAnswer(call), AnswerJson.Default.CallAnswer);
    }

    public static void WriteSkipped(IBufferWriter<byte> output, long calls)
    {
        output.Write("event: skipped\n"u8);
        WriteData(output, new SkippedAnswer(calls), AnswerJson.Default.SkippedAnswer);
    }

    private static void WriteId(IBufferWriter<byte> output, Guid id)
    {
        output.Write("id: "u8);
        Encoding.ASCII.GetBytes(id.ToString("D"), output);
        output.Write("\n"u8);
    }

    private static void WriteData<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> type)
    {
        output.Write("data: "u8);
        using var json = new Utf8JsonWriter(output);
        JsonSerializer.Serialize(json, value, type);
        json.Flush();
        output.Write("\n\n"u8);
    }
}
