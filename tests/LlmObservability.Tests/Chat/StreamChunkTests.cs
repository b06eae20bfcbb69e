using LlmObservability.Testing;
using LlmObservability.Tests.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

/// <summary>What a record says of a stream's chunks: how many, and the longest time of the provider's between two.</summary>
public sealed class StreamChunkTests
{
    private const double QuickMs = 0.005;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chunks_are_what_took_the_provider_time_and_the_stall_is_the_longest_of_it()
    {
        var call = await StreamAsync([(30, ""), (10, "a"), (40, "b"), (QuickMs, "with b"), (70, ""), (20, "c"), (5, "d")]);
        call.ChunkCount.ShouldBe(4);
        // From b to c: what came with b, and the update without content, are on the way.
        call.LongestStall.ShouldBe(TimeSpan.FromMilliseconds(QuickMs + 70 + 20));
        call.TimeToFirstToken.ShouldBe(TimeSpan.FromMilliseconds(40));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public async Task With_fewer_than_two_chunks_there_is_no_stall(int updates, int chunks)
    {
        var call = await StreamAsync([(30, ""), .. Enumerable.Repeat((10d, "a"), updates), (50, "")]);
        (call.ChunkCount, call.LongestStall).ShouldBe((chunks, null));
    }

    [Fact]
    public async Task Updates_that_come_at_once_are_one_chunk_with_what_they_follow()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        var arrival = new TaskCompletionSource();
        async IAsyncEnumerable<ChatResponseUpdate> Waiting()
        {
            await foreach (var update in Produce(time, [(10, "a"), .. Enumerable.Repeat((0d, "b"), 20)]))
            {
                yield return update;
            }

            await arrival.Task;
            yield return new ChatResponseUpdate(ChatRole.Assistant, "c");
        }

        observing.Inner.Stream = (_, _, _) => Waiting();
        await using var updates = observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).GetAsyncEnumerator(Token);
        for (var i = 0; i < 21; i++)
        {
            (await updates.MoveNextAsync()).ShouldBeTrue();
        }

        var step = updates.MoveNextAsync();
        time.Advance(TimeSpan.FromMilliseconds(15));
        arrival.SetResult();
        (await step).ShouldBeTrue();
        (await updates.MoveNextAsync()).ShouldBeFalse();
        var call = await observing.OnlyCallAsync();
        (call.ChunkCount, call.LongestStall).ShouldBe((2, TimeSpan.FromMilliseconds(15)));
    }

    [Fact]
    public async Task The_consumers_time_is_no_stall()
    {
        var call = await StreamAsync([(10, "a"), (10, "b")], consumerMs: 1_000);
        (call.ChunkCount, call.LongestStall).ShouldBe((2, TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public async Task Reasoning_and_tool_calls_are_chunks_like_text()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        async IAsyncEnumerable<ChatResponseUpdate> Produce()
        {
            foreach (AIContent content in (AIContent[])[new TextReasoningContent("hm"), new FunctionCallContent("1", "f"), new TextContent("a")])
            {
                await Task.Yield();
                time.Advance(TimeSpan.FromMilliseconds(7));
                yield return new ChatResponseUpdate(ChatRole.Assistant, [content]);
            }
        }

        observing.Inner.Stream = (_, _, _) => Produce();
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).ToChatResponseAsync(Token);
        var call = await observing.OnlyCallAsync();
        (call.ChunkCount, call.LongestStall).ShouldBe((3, TimeSpan.FromMilliseconds(7)));
    }

    [Fact]
    public async Task A_call_that_is_not_streamed_has_no_chunks()
    {
        await using var observing = new Observing();
        await observing.Client.GetResponseAsync(Observing.Hello, null, Token);
        var call = await observing.OnlyCallAsync();
        (call.ChunkCount, call.LongestStall).ShouldBe((0, null));
    }

    [Fact]
    public async Task The_histogram_has_each_gap_and_the_record_how_many_and_the_longest()
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        using var listening = new Listening(observing);
        observing.Inner.Stream = (_, _, _) => Produce(time, [(10, "a"), (30, "b"), (20, "c")]);
        await observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token).ToChatResponseAsync(Token);
        var call = await observing.OnlyCallAsync();
        var gaps = listening.Recorded("gen_ai.client.operation.time_per_output_chunk").Select(heard => heard.Value).ToArray();
        gaps.ShouldBe([0.030, 0.020]);
        call.ChunkCount.ShouldBe(gaps.Length + 1);
        call.LongestStall.ShouldBe(TimeSpan.FromSeconds(gaps.Max()));
    }

    private static async Task<LlmCall> StreamAsync((double Ms, string Text)[] updates, double consumerMs = 0)
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        observing.Inner.Stream = (_, _, _) => Produce(time, updates);
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Observing.Hello, null, Token))
        {
            time.Advance(TimeSpan.FromMilliseconds(consumerMs));
        }

        return await observing.OnlyCallAsync();
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Produce(ManualTimeProvider time, (double Ms, string Text)[] updates)
    {
        await Task.CompletedTask;
        foreach (var (ms, text) in updates)
        {
            time.Advance(TimeSpan.FromMilliseconds(ms));
            yield return new ChatResponseUpdate(ChatRole.Assistant, text);
        }
    }
}
