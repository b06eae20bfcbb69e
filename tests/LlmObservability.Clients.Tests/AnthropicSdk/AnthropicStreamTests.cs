using LlmObservability.Clients.Tests.Matrix;
using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.AnthropicSdk;

/// <summary>What only this API sends.</summary>
public class AnthropicStreamTests
{
    private static readonly AnthropicDriver Driver = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_error_event_in_the_middle_of_a_stream_is_a_failure_without_a_status()
    {
        var error = $"event: error\ndata: {MessagesWire.Error("overloaded_error")}\n\n";
        await using var server = new WireServer(WireReply.Events([.. Driver.Events(new Answer()).Start, error]));
        await using var watch = new Watch(server);
        await Record.ExceptionAsync(() => watch.Wrap(Driver.Connect(server.Uri, retries: 2)).AskAsync(streamed: true, cancellationToken: Token));

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe("Anthropic.Exceptions.AnthropicSseException");
        // The stream had begun with 200.
        call.HttpStatus.ShouldBeNull();
        call.TimeToFirstToken.ShouldNotBeNull();
        call.ResponseId.ShouldBe(MessagesWire.Id);
        server.Requests.Count.ShouldBe(1);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [InlineData("stop_sequence", "stop")]
    [InlineData("refusal", "content_filter")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("pause_turn", "pause_turn")]
    public async Task Each_way_to_stop_is_stored(string told, string stored)
    {
        await using var server = new WireServer(Driver.Reply(new Answer { Finish = told }, streamed: true));
        await using var watch = new Watch(server);
        await watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: true, cancellationToken: Token);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.FinishReason.ShouldBe(stored);
        watch.ShouldAgreeOn(call);
    }

    [Fact]
    public async Task A_message_without_usage_is_an_exception_of_the_SDK()
    {
        await using var server = new WireServer(WireReply.Json("{}"));
        await using var watch = new Watch(server);
        await Record.ExceptionAsync(() => watch.Wrap(Driver.Connect(server.Uri)).AskAsync(streamed: false, cancellationToken: Token));

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe("Anthropic.Exceptions.AnthropicInvalidDataException");
        watch.ShouldAgreeOn(call);
    }
}
