using System.Text.Json.Nodes;
using LlmObservability.Clients.Tests.Matrix;

namespace LlmObservability.Clients.Tests.OpenAiSdk;

/// <summary>Bodies of the chat completions API, as its reference describes them.</summary>
internal static class CompletionsWire
{
    public const string Model = "gpt-4o-mini-2024-07-18";
    public const string Id = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT";

    public static string Completion(Answer answer)
    {
        var message = new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = answer.Text.Length > 0 ? answer.Text : null,
            ["refusal"] = null,
            ["annotations"] = new JsonArray(),
        };
        if (answer.ToolCalls > 0)
        {
            message["tool_calls"] = new JsonArray([.. Enumerable.Range(1, answer.ToolCalls).Select(call => ToolCall(call, """{"city":"Oslo"}"""))]);
        }

        var completion = Envelope("chat.completion", answer);
        completion["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = message,
            ["logprobs"] = null,
            ["finish_reason"] = answer.Finish,
        });
        if (answer.TellsUsage)
        {
            completion["usage"] = Usage(answer);
        }

        return completion.ToJsonString();
    }

    public static StreamedAnswer Events(Answer answer)
    {
        var start = new List<string> { Chunk(answer, new JsonObject { ["role"] = "assistant", ["content"] = "", ["refusal"] = null }) };
        var rest = new List<string>();
        if (answer.Text.Length > 0)
        {
            var half = answer.Text.Length / 2;
            start.Add(Chunk(answer, new JsonObject { ["content"] = answer.Text[..half] }));
            rest.Add(Chunk(answer, new JsonObject { ["content"] = answer.Text[half..] }));
        }

        for (var call = 1; call <= answer.ToolCalls; call++)
        {
            rest.Add(Chunk(answer, new JsonObject { ["tool_calls"] = new JsonArray(Indexed(call, ToolCall(call, ""))) }));
            foreach (var piece in (ReadOnlySpan<string>)["{\"city\":", "\"Oslo\"}"])
            {
                var arguments = new JsonObject { ["function"] = new JsonObject { ["arguments"] = piece } };
                rest.Add(Chunk(answer, new JsonObject { ["tool_calls"] = new JsonArray(Indexed(call, arguments)) }));
            }
        }

        rest.Add(Chunk(answer, [], answer.Finish));
        if (answer.TellsUsage)
        {
            var last = Envelope("chat.completion.chunk", answer);
            last["choices"] = new JsonArray();
            last["usage"] = Usage(answer);
            rest.Add(Event(last));
        }

        rest.Add("data: [DONE]\n\n");
        return new StreamedAnswer(start, rest);
    }

    public static string Error(string type) =>
        $$$"""{"error":{"message":"a message that may hold a prompt","type":"{{{type}}}","param":null,"code":null}}""";

    private static string Event(JsonObject data) => $"data: {data.ToJsonString()}\n\n";

    private static string Chunk(Answer answer, JsonObject delta, string? finish = null)
    {
        var chunk = Envelope("chat.completion.chunk", answer);
        chunk["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish });
        if (answer.TellsUsage)
        {
            chunk["usage"] = null;
        }

        return Event(chunk);
    }

    private static JsonObject Envelope(string kind, Answer answer) => new()
    {
        ["id"] = Id,
        ["object"] = kind,
        ["created"] = 1_792_000_000,
        ["model"] = Model,
        ["service_tier"] = answer.ServiceTier ?? "default",
        ["system_fingerprint"] = "fp_44709d6fcb",
    };

    private static JsonObject ToolCall(int call, string arguments) => new()
    {
        ["id"] = $"call_{call}",
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = Answer.ToolName, ["arguments"] = arguments },
    };

    private static JsonObject Indexed(int call, JsonObject toolCall)
    {
        toolCall["index"] = call - 1;
        return toolCall;
    }

    private static JsonObject Usage(Answer answer) => new()
    {
        ["prompt_tokens"] = answer.Input,
        ["completion_tokens"] = answer.Output,
        ["total_tokens"] = answer.Input + answer.Output,
        ["prompt_tokens_details"] = new JsonObject
        {
            ["cached_tokens"] = answer.CacheRead,
            ["cache_write_tokens"] = answer.CacheWrite,
            ["audio_tokens"] = answer.AudioInput,
        },
        ["completion_tokens_details"] = new JsonObject
        {
            ["reasoning_tokens"] = answer.Reasoning,
            ["audio_tokens"] = answer.AudioOutput,
            ["accepted_prediction_tokens"] = 0,
            ["rejected_prediction_tokens"] = 0,
        },
    };
}
