using System.Text.Json;
using System.Text.Json.Nodes;
using LlmObservability.Clients.Tests.Matrix;

namespace LlmObservability.Clients.Tests.AnthropicSdk;

/// <summary>Bodies of the Messages API (version 2023-06-01), as its reference describes them.</summary>
internal static class MessagesWire
{
    public const string Model = "claude-haiku-4-5-20251001";
    public const string Id = "msg_01XFDUDYJgAACzvnptvVoYEL";

    public static string Message(Answer answer) =>
        $$"""{"id":"{{Id}}","type":"message","role":"assistant","model":"{{Model}}","content":[{{Contents(answer)}}],"stop_reason":"{{StopReason(answer)}}","stop_sequence":null,"usage":{{StartUsage(answer, answer.Output)}}}""";

    public static StreamedAnswer Events(Answer answer)
    {
        var start = new List<string>
        {
            Event("message_start", $$"""
                "message":{"id":"{{Id}}","type":"message","role":"assistant","model":"{{Model}}","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{StartUsage(answer, 1)}}}
                """),
            Event("ping", ""),
        };
        var rest = new List<string>();
        var index = 0;
        if (answer.Reasoning > 0)
        {
            start.AddRange(Block(index++, """{"type":"thinking","thinking":"","signature":""}""",
                """{"type":"thinking_delta","thinking":"Let me see"}""", """{"type":"signature_delta","signature":"c2ln"}"""));
        }

        for (var search = 1; search <= answer.WebSearches; search++)
        {
            start.AddRange(Block(index++, SearchCall(search, "{}"), """{"type":"input_json_delta","partial_json":"{\"query\":\"oslo\"}"}"""));
            start.AddRange(Block(index++, SearchResult(search)));
        }

        if (answer.Text.Length > 0)
        {
            var half = answer.Text.Length / 2;
            var block = Block(index++, """{"type":"text","text":""}""",
                $$"""{"type":"text_delta","text":{{Quoted(answer.Text[..half])}}}""", $$"""{"type":"text_delta","text":{{Quoted(answer.Text[half..])}}}""");
            start.AddRange(block[..2]);
            rest.AddRange(block[2..]);
        }

        for (var call = 1; call <= answer.ToolCalls; call++)
        {
            rest.AddRange(Block(index++, $$$"""{"type":"tool_use","id":"toolu_{{{call}}}","name":"{{{Answer.ToolName}}}","input":{}}""",
                """{"type":"input_json_delta","partial_json":"{\"city\":"}""", """{"type":"input_json_delta","partial_json":"\"Oslo\"}"}"""));
        }

        rest.Add(Event("message_delta", $$"""
            "delta":{"stop_reason":"{{StopReason(answer)}}","stop_sequence":null},"usage":{{Usage(answer, answer.Output).ToJsonString()}}
            """));
        rest.Add(Event("message_stop", ""));
        return new StreamedAnswer(start, rest);
    }

    public static string Event(string type, string members) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\"{(members.Length > 0 ? "," : "")}{members}}}\n\n";

    public static string Error(string type) =>
        $$"""{"type":"error","error":{"type":"{{type}}","message":"a message that may hold a prompt"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}""";

    private static string Contents(Answer answer)
    {
        var contents = new List<string>();
        if (answer.Reasoning > 0)
        {
            contents.Add("""{"type":"thinking","thinking":"Let me see","signature":"c2ln"}""");
        }

        for (var search = 1; search <= answer.WebSearches; search++)
        {
            contents.Add(SearchCall(search, """{"query":"oslo"}"""));
            contents.Add(SearchResult(search));
        }

        if (answer.Text.Length > 0)
        {
            contents.Add($$"""{"type":"text","text":{{Quoted(answer.Text)}}}""");
        }

        for (var call = 1; call <= answer.ToolCalls; call++)
        {
            contents.Add($$$"""{"type":"tool_use","id":"toolu_{{{call}}}","name":"{{{Answer.ToolName}}}","input":{"city":"Oslo"}}""");
        }

        return string.Join(',', contents);
    }

    // The provider searches by itself: what it did stands in the answer beside the text.
    private static string SearchCall(int search, string input) =>
        $$"""{"type":"server_tool_use","id":"srvtoolu_{{search}}","name":"web_search","input":{{input}}}""";

    private static string SearchResult(int search) => $$"""
        {"type":"web_search_tool_result","tool_use_id":"srvtoolu_{{search}}","content":[{"type":"web_search_result","url":"https://example.com","title":"Oslo","encrypted_content":"YQ==","page_age":null}]}
        """;

    private static List<string> Block(int index, string start, params IEnumerable<string> deltas) =>
    [
        Event("content_block_start", $"\"index\":{index},\"content_block\":{start}"),
        .. deltas.Select(delta => Event("content_block_delta", $"\"index\":{index},\"delta\":{delta}")),
        Event("content_block_stop", $"\"index\":{index}"),
    ];

    // The split by lifetime, the tier and the region stand in a whole message and in message_start, not in message_delta.
    private static string StartUsage(Answer answer, int output)
    {
        var usage = Usage(answer, output);
        usage["cache_creation"] = new JsonObject
        {
            ["ephemeral_5m_input_tokens"] = answer.CacheWrite - answer.CacheWrite1h,
            ["ephemeral_1h_input_tokens"] = answer.CacheWrite1h,
        };
        usage["service_tier"] = answer.ServiceTier ?? "standard";
        usage["inference_geo"] = answer.InferenceGeo;
        if (answer.Speed is not null)
        {
            usage["speed"] = answer.Speed;
        }

        return usage.ToJsonString();
    }

    private static JsonObject Usage(Answer answer, int output)
    {
        var usage = new JsonObject
        {
            ["input_tokens"] = answer.Input - answer.CacheRead - answer.CacheWrite,
            ["cache_creation_input_tokens"] = answer.CacheWrite,
            ["cache_read_input_tokens"] = answer.CacheRead,
            ["output_tokens"] = output,
        };
        if (answer.Reasoning > 0 && output == answer.Output)
        {
            usage["output_tokens_details"] = new JsonObject { ["thinking_tokens"] = answer.Reasoning };
        }

        if (answer.WebSearches > 0)
        {
            usage["server_tool_use"] = new JsonObject { ["web_search_requests"] = answer.WebSearches, ["web_fetch_requests"] = 0 };
        }

        return usage;
    }

    private static string StopReason(Answer answer) => answer.Finish switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        var other => other,
    };

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
