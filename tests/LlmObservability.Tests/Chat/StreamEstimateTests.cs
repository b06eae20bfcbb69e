using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Chat;

/// <summary>A stream that ended before its usage was told has a lower bound of it, from the text that was seen.</summary>
public sealed class StreamEstimateTests
{
    // 10 tokens of input and 5 of output by the estimate: six characters each. A model of 150 and 600 nano-dollars a token.
    private static readonly ChatMessage[] Question = [new(ChatRole.System, Text(4)), new(ChatRole.User, [new TextContent(Text(5)), new TextContent(Text(1))])];
    private static readonly string[] Answer = [Text(2), "abc", "def", Text(2)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Left_early()
    {
        await using var observing = Answering(Answer);
        await LeaveAsync(observing.Client, Question, after: Answer.Length);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 10, 5);
    }

    [Fact]
    public async Task Only_what_was_seen_counts()
    {
        await using var observing = Answering(Answer);
        await LeaveAsync(observing.Client, Question, after: 2);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 10, 2);
    }

    [Fact]
    public async Task Cancelled_on_the_way()
    {
        using var source = new CancellationTokenSource();
        await using var observing = Answering(Answer);
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in observing.Client.GetStreamingResponseAsync(Question, null, source.Token))
            {
                if (update.Text == "def")
                {
                    await source.CancelAsync();
                }
            }
        });
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Cancelled, 10, 3);
    }

    [Fact]
    public async Task Broken_off_by_a_failure()
    {
        await using var observing = Answering(Answer, end: () => throw new HttpIOException(HttpRequestError.ResponseEnded));
        await Should.ThrowAsync<HttpIOException>(() => DrainAsync(observing.Client, Question));
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Failed, 10, 5);
    }

    [Fact]
    public async Task Never_disposed()
    {
        var time = new ManualTimeProvider();
        await using var observing = Answering(Answer, time: time);
        List<ChatMessage> messages = [.. Question];
        await using var updates = observing.Client.GetStreamingResponseAsync(messages, null, Token).GetAsyncEnumerator(Token);
        (await updates.MoveNextAsync()).ShouldBeTrue();
        // The application keeps the answer in the same list: it was not part of the question.
        messages.Add(new ChatMessage(ChatRole.Assistant, Text(100)));
        time.Advance(TimeSpan.FromHours(1));
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 10, 2);
    }

    [Fact]
    public async Task Completed_without_usage()
    {
        await using var observing = Answering(Answer);
        await DrainAsync(observing.Client, Question);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Completed, 10, 5);
    }

    [Fact]
    public async Task Reported_usage_stays_as_it_is()
    {
        await using var observing = Telling(new TextContent(Text(500)), Usage(7, 3));
        await DrainAsync(observing.Client, Question);
        // The consumer leaves after the last update, without asking for another: nothing is missing then either.
        await LeaveAsync(observing.Client, Question, after: 2);
        foreach (var call in await observing.CallsAsync())
        {
            call.Tokens.ShouldBe(new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 7, VisibleOutput = 3 });
        }
    }

    [Fact]
    public async Task Usage_told_on_the_way_is_raised_to_what_was_seen_class_by_class()
    {
        var early = new UsageContent(new UsageDetails { InputTokenCount = 50, OutputTokenCount = 1, CachedInputTokenCount = 30 });
        await using var observing = Telling(early, new TextContent(Text(20)), new TextContent("more"));
        await LeaveAsync(observing.Client, Question, after: 2);
        (await observing.OnlyCallAsync()).Tokens.ShouldBe(
            new LlmTokens { Source = LlmUsageSource.Estimated, UncachedInput = 20, CacheRead = 30, VisibleOutput = 20 });
    }

    [Theory]
    [InlineData(4, null, 10, 5)]
    [InlineData(400, null, 400, 5)]
    [InlineData(null, 400, 10, 400)]
    public async Task Half_a_usage_is_completed(int? input, int? output, long estimatedInput, long estimatedOutput)
    {
        var half = new UsageContent(new UsageDetails { InputTokenCount = input, OutputTokenCount = output });
        await using var observing = Telling([.. Answer.Select(text => new TextContent(text)), half]);
        await DrainAsync(observing.Client, Question);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Completed, estimatedInput, estimatedOutput);
    }

    [Fact]
    public async Task Usage_that_came_first_and_was_followed_by_nothing_is_not_the_last_word()
    {
        await using var observing = Telling(Usage(70, 1), new TextContent("not seen"));
        await LeaveAsync(observing.Client, Question, after: 1);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 70, 1);
    }

    [Theory]
    [InlineData(null, 0, 12, 40)]
    [InlineData(100, 0, 60, 40)]
    [InlineData(100, 90, 12, 90)]
    public async Task Reasoning_is_a_class_of_its_own_also_where_the_provider_does_not_tell_it_apart(int? output, int reasoning, long visible, long reasoned)
    {
        AIContent[] told = output is null
            ? []
            : [new UsageContent(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = output, ReasoningTokenCount = reasoning })];
        await using var observing = Telling([.. told, new TextReasoningContent(Text(40)), new TextContent(Text(12)), new TextContent("")]);
        await LeaveAsync(observing.Client, Question, after: told.Length + 2);
        var tokens = (await observing.OnlyCallAsync()).Tokens;
        (tokens.Source, tokens.VisibleOutput, tokens.Reasoning).ShouldBe((LlmUsageSource.Estimated, visible, reasoned));
    }

    [Fact]
    public async Task Wide_scripts_have_two_characters_a_token()
    {
        await using var observing = Answering("我是一种", "新型的语言模型");
        await LeaveAsync(observing.Client, [new ChatMessage(ChatRole.User, "你好吗？")], after: 2);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 2, 5);
    }

    [Fact]
    public async Task What_holds_no_text_is_a_token_at_least()
    {
        await using var observing = Telling(new DataContent("data:image/png;base64,AAAA"));
        await DrainAsync(observing.Client, [new ChatMessage(ChatRole.User, [new DataContent("data:image/png;base64,AAAA")])]);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Completed, 1, 1);
    }

    [Fact]
    public async Task A_tool_call_and_instructions_are_text_too()
    {
        await using var observing = Telling(new FunctionCallContent("1", Text(2), new Dictionary<string, object?> { [Text(1)] = Text(3) }));
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(Question, new ChatOptions { Instructions = Text(30) }, Token))
        {
        }

        await ShouldBeEstimatedAsync(observing, LlmOutcome.Completed, 40, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_nothing_came_there_is_nothing_to_estimate_from(bool fails)
    {
        await using var observing = Answering([""], end: () => _ = fails ? throw new HttpRequestException() : 0);
        await Should.NotThrowAsync(() => DrainAsync(observing.Client, Question).ContinueWith(_ => { }, TaskScheduler.Default));
        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(fails ? LlmOutcome.Failed : LlmOutcome.Completed);
        (call.Tokens, call.Cost, call.CostReason).ShouldBe((default, null, LlmCostReason.MissingUsage));
    }

    [Fact]
    public async Task Messages_that_are_no_list_are_not_enumerated_again()
    {
        await using var observing = Answering(Answer);
        var enumerated = 0;
        IEnumerable<ChatMessage> Once()
        {
            enumerated++;
            yield return Question[0];
        }

        await LeaveAsync(observing.Client, Once(), after: 1);
        enumerated.ShouldBe(0);
        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 1, 2);
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_any_more_costs_the_input_and_not_the_record()
    {
        await using var observing = Answering(Answer);
        List<ChatMessage> messages = [.. Question];
        await foreach (var _ in observing.Client.GetStreamingResponseAsync(messages, null, Token))
        {
            messages[0] = null!;
            break;
        }

        await ShouldBeEstimatedAsync(observing, LlmOutcome.Abandoned, 1, 2);
        observing.Observer.GetStatistics().CallsLost.ShouldBe(0);
        observing.Observer.GetStatistics().RecorderErrors.ShouldBe(1);
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        await using var observing = Answering(Answer, options => options.EstimateUsage = false);
        await DrainAsync(observing.Client, Question);
        var call = await observing.OnlyCallAsync();
        (call.Tokens, call.CostReason).ShouldBe((default, LlmCostReason.MissingUsage));
    }

    [Fact]
    public async Task A_call_that_is_not_streamed_stays_without()
    {
        await using var observing = new Observing();
        observing.Inner.Respond = (_, _, _) => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, Text(9))));
        await observing.Client.GetResponseAsync(Question, null, Token);
        var call = await observing.OnlyCallAsync();
        (call.Tokens, call.CostReason).ShouldBe((default, LlmCostReason.MissingUsage));
    }

    [Fact]
    public async Task Counts_that_contradict_each_other_are_not_mended()
    {
        var wrong = new UsageContent(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 1, CachedInputTokenCount = 30 });
        await using var observing = Telling(wrong, new TextContent(Text(20)));
        await LeaveAsync(observing.Client, Question, after: 2);
        (await observing.OnlyCallAsync()).CostReason.ShouldBe(LlmCostReason.InvalidUsage);
    }

    private static string Text(int tokens) => new('x', 6 * tokens);

    private static UsageContent Usage(long input, long output) => new(new UsageDetails { InputTokenCount = input, OutputTokenCount = output });

    private static Observing Answering(params string[] texts) => Answering(texts, configure: null);

    private static Observing Answering(
        string[] texts, Action<LlmObservabilityOptions>? configure = null, TimeProvider? time = null, Action? end = null)
    {
        var observing = new Observing(configure, time);
        observing.Inner.Stream = (_, _, token) => Updates([.. texts.Select(text => new TextContent(text))], end, token);
        return observing;
    }

    private static Observing Telling(params AIContent[] contents)
    {
        var observing = new Observing();
        observing.Inner.Stream = (_, _, token) => Updates(contents, end: null, token);
        return observing;
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Updates(
        AIContent[] contents, Action? end = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.Yield();
        foreach (var content in contents)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [content]);
        }

        end?.Invoke();
    }

    private static async Task DrainAsync(IChatClient client, IEnumerable<ChatMessage> messages)
    {
        await foreach (var _ in client.GetStreamingResponseAsync(messages, null, Token))
        {
        }
    }

    private static async Task LeaveAsync(IChatClient client, IEnumerable<ChatMessage> messages, int after)
    {
        await foreach (var _ in client.GetStreamingResponseAsync(messages, null, Token))
        {
            if (--after == 0)
            {
                break;
            }
        }
    }

    private static async Task ShouldBeEstimatedAsync(Observing observing, LlmOutcome outcome, long input, long output)
    {
        var call = await observing.OnlyCallAsync();
        call.Outcome.ShouldBe(outcome);
        (call.Tokens.Source, call.Tokens.Input, call.Tokens.Output).ShouldBe((LlmUsageSource.Estimated, input, output));
        call.CostReason.ShouldBe(LlmCostReason.Priced);
        call.Cost.ShouldNotBeNull().TotalNanos.ShouldBe((input * 150) + (output * 600));
    }
}
