using System.Text.Json;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Calls;

/// <summary>What the record says of an answer that was asked for as JSON.</summary>
public class JsonAnswerTests
{
    private static readonly ChatResponseFormatJson Schema = ChatResponseFormat.ForJsonSchema(JsonSerializer.Deserialize<JsonElement>(
        """{"type":"object","properties":{"city":{"type":"string"},"people":{"type":"integer"}},"required":["city"]}"""));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, bool?, string?> Answers => new()
    {
        { """{"city":"Oslo","people":700000}""", true, true, null },
        { """{"people":"many"}""", true, false, "#" },
        { """```json {"city":"Oslo"}```""", true, false, ": not JSON" },
        { """{"city":""", true, false, ": not JSON" },
        { """[1,2]""", false, true, null },
        { "Oslo", false, false, ": not JSON" },
        { "", true, null, null },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Whole_and_streamed_answers_are_checked(string text, bool withSchema, bool? validated, string? error)
    {
        await using var observing = new Observing();
        Answer(observing, text);
        await AskBothAsync(observing, new ChatOptions { ResponseFormat = withSchema ? Schema : ChatResponseFormat.Json });
        foreach (var call in await observing.CallsAsync())
        {
            call.OutputType.ShouldBe("json");
            call.SchemaValidated.ShouldBe(validated);
            (call.SchemaErrors?.StartsWith(error ?? "-", StringComparison.Ordinal)).ShouldBe(error is null ? null : true);
            call.SchemaErrors?.ShouldNotContain("many");
        }
    }

    [Fact]
    public async Task Calls_that_ask_for_text_or_fail_or_are_not_to_be_checked_say_nothing()
    {
        await using var observing = new Observing();
        Answer(observing, "Oslo");
        await AskBothAsync(observing, new ChatOptions { ResponseFormat = ChatResponseFormat.Text });
        await AskBothAsync(observing, null);
        observing.Inner.Respond = (_, _, _) => throw new InvalidOperationException("no");
        await Should.ThrowAsync<InvalidOperationException>(
            () => observing.Client.GetResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = Schema }, Token));
        (await observing.CallsAsync()).ShouldAllBe(call => call.SchemaValidated == null && call.SchemaErrors == null);

        await using var off = new Observing(options => options.CheckJsonAnswers = false);
        Answer(off, "Oslo");
        await AskBothAsync(off, new ChatOptions { ResponseFormat = Schema });
        (await off.CallsAsync()).ShouldAllBe(call => call.SchemaValidated == null && call.OutputType == "json");
    }

    [Fact]
    public async Task What_was_said_before_tools_ran_is_no_answer()
    {
        await using var observing = new Observing();
        ChatMessage[] messages =
        [
            new(ChatRole.Assistant, [new TextContent("Let me see."), new FunctionCallContent("1", "weather")]),
            new(ChatRole.Tool, [new FunctionResultContent("1", "sun")]),
            new(ChatRole.Assistant, """{"city":"Oslo"}"""),
        ];
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse([.. messages]));
        observing.Inner.Stream = (_, _, _) => Stream([.. messages.Select(message => new ChatResponseUpdate(message.Role, message.Contents))]);
        await AskBothAsync(observing, new ChatOptions { ResponseFormat = Schema });
        (await observing.CallsAsync()).ShouldAllBe(call => call.SchemaValidated == true);
    }

    [Fact]
    public async Task Of_a_stream_of_several_messages_the_last_counts()
    {
        await using var observing = new Observing();
        observing.Inner.Stream = (_, _, _) => Stream(
            new ChatResponseUpdate(ChatRole.Assistant, "Let me see.") { MessageId = "1" },
            new ChatResponseUpdate(ChatRole.Assistant, """{"city":""") { MessageId = "2" },
            new ChatResponseUpdate(ChatRole.Assistant, "\"Oslo\"}"));
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, new ChatOptions { ResponseFormat = Schema }, Token).ToChatResponseAsync(Token);
        (await observing.OnlyCallAsync()).SchemaValidated.ShouldBe(true);
    }

    private static void Answer(Observing observing, string text)
    {
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, text)));
        // Piece by piece.
        observing.Inner.Stream = (_, _, _) => Stream([.. text.Chunk(3).Select(piece => new ChatResponseUpdate(ChatRole.Assistant, new string(piece)))]);
    }

    private static async Task AskBothAsync(Observing observing, ChatOptions? options)
    {
        await observing.Client.GetResponseAsync(Observing.Hello, options, Token);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, options, Token).ToChatResponseAsync(Token);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Stream(params ChatResponseUpdate[] updates)
    {
        await Task.Yield();
        foreach (var update in updates)
        {
            yield return update;
        }
    }
}
