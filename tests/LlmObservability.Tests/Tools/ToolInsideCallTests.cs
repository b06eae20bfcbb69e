using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;

namespace LlmObservability.Tests.Tools;

/// <summary>Tools that run while a call is under way are rows of it.</summary>
public class ToolInsideCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_travel_with_the_call_in_the_order_in_which_they_began(bool streaming)
    {
        var time = new ManualTimeProvider();
        await using var observing = new Observing(time: time);
        var began = time.GetUtcNow();
        observing.Inner.FirstAnswers(ToolScripts.Ask("slow", "id-1"), ToolScripts.Ask("fails", "id-2"));
        var client = Outermost(observing, Slow(observing, time), Fails(observing));

        await AskAsync(client, streaming);

        var call = await observing.OnlyCallAsync();
        var rows = await observing.RowsAsync();
        rows.ShouldAllBe(row => row.CallId == call.Id);
        observing.Alone().ShouldBeEmpty();
        rows.Select(row => row.Row).ShouldBe(
        [
            new LlmToolCall
            {
                Ordinal = 1, StartedAt = began, Name = "slow", Outcome = LlmOutcome.Completed, Duration = TimeSpan.FromMilliseconds(250),
            },
            new LlmToolCall
            {
                Ordinal = 2, StartedAt = began.AddMilliseconds(250), Name = "fails", Outcome = LlmOutcome.Failed, ErrorType = "System.TimeoutException",
            },
        ]);
        call.ToolCallCount.ShouldBe(2);
        LlmCallId.Matches(call.Id, call.StartedAt).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_inner_client_is_wrapped_too_their_ids_are_known(bool streaming)
    {
        await using var observing = new Observing();
        observing.Inner.FirstAnswers(ToolScripts.Ask("look", "id-1"), ToolScripts.Ask("look", "id-2"), ToolScripts.Ask("fails", "id-3"));
        var client = new ToolInvokingClient(observing.Client, Look(observing), Fails(observing)).WithLlmObservability(observing.Observer);

        await AskAsync(client, streaming);

        var call = await observing.OnlyCallAsync();
        var rows = await observing.RowsAsync();
        rows.ShouldAllBe(row => row.CallId == call.Id);
        rows.Select(row => (row.Row.Ordinal, row.Row.Name, row.Row.ToolCallId)).ShouldBe([(1, "look", "id-1"), (2, "look", "id-2"), (3, "fails", "id-3")]);
        observing.Alone().ShouldBeEmpty();
        call.AttemptCount.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_answered_inside_is_not_waited_for_afterwards()
    {
        await using var observing = new Observing();
        observing.Inner.FirstAnswers(ToolScripts.Ask("look", "id-1"));
        var look = Look(observing);
        await AskAsync(Outermost(observing, look), streaming: false);
        var inside = await observing.OnlyCallAsync();

        await look.InvokeAsync(null, Token);

        var calls = await observing.CallsAsync();
        calls.Count.ShouldBe(2);
        calls.Single(call => call.Id != inside.Id).Operation.ShouldBe("execute_tool");
        observing.Alone().ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_at_once_each_have_a_place_of_their_own()
    {
        const int Many = 200;
        await using var observing = new Observing();
        observing.Inner.FirstAnswers([.. Enumerable.Range(0, Many).Select(i => ToolScripts.Ask("look", $"id-{i}"))]);
        var client = new ToolInvokingClient(observing.Client, Look(observing)) { Concurrent = true }.WithLlmObservability(observing.Observer);

        await AskAsync(client, streaming: false);

        var rows = await observing.RowsAsync();
        rows.Select(row => row.Row.Ordinal).ShouldBe(Enumerable.Range(1, Many));
        rows.Select(row => row.Row.ToolCallId).Distinct().Count().ShouldBe(Many);
        observing.Alone().ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_outlives_its_call_follows_by_itself_with_the_place_it_had()
    {
        await using var observing = new Observing();
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new ScriptedFunction("slow", async (_, _) =>
        {
            await first.Task;
            return null;
        }).WithLlmObservability(observing.Observer);
        var look = Look(observing);
        Task? left = null;
        observing.Inner.Respond = async (_, _, _) =>
        {
            left = slow.InvokeAsync(null, Token).AsTask();
            await look.InvokeAsync(null, Token);
            return Answer(ToolScripts.Ask("look", "id-9"));
        };

        await AskAsync(observing.Client, streaming: false);
        var call = await observing.OnlyCallAsync();
        (await observing.OnlyRowAsync()).Row.Ordinal.ShouldBe(2);
        first.SetResult();
        await left.ShouldNotBeNull();
        await look.InvokeAsync(null, Token);

        var rows = await observing.RowsAsync();
        rows.ShouldAllBe(row => row.CallId == call.Id);
        rows.Select(row => (row.Row.Ordinal, row.Row.Name, row.Row.ToolCallId)).ShouldBe([(1, "slow", null), (2, "look", null), (3, "look", "id-9")]);
        observing.Alone().Count.ShouldBe(2);
        observing.Alone().ShouldAllBe(envelope => envelope.CallStartedAt == call.StartedAt);
    }

    [Fact]
    public async Task Calls_that_end_while_tools_begin_lose_none()
    {
        const int Calls = 300;
        await using var observing = new Observing();
        var look = Look(observing);
        for (var i = 0; i < Calls; i++)
        {
            Task? racing = null;
            observing.Inner.Respond = (_, _, _) =>
            {
                racing = Task.Run(() => look.InvokeAsync(null, Token).AsTask(), Token);
                return Task.FromResult(ScriptedChatClient.Response());
            };
            await AskAsync(observing.Client, streaming: false);
            await racing.ShouldNotBeNull();
        }

        var rows = await observing.RowsAsync();
        rows.Count.ShouldBe(Calls);
        rows.Select(row => row.CallId).Distinct().Count().ShouldBe(Calls);
        rows.ShouldAllBe(row => row.Row.Ordinal == 1);
        var calls = await observing.CallsAsync();
        calls.Count(call => call.Operation == "chat").ShouldBe(Calls);
        calls.Select(call => call.Id).ShouldBeUnique();
        rows.ShouldAllBe(row => calls.Any(call => call.Id == row.CallId));
    }

    [Fact]
    public async Task A_tool_inside_a_call_of_another_observer_is_none_of_that_call()
    {
        await using var observing = new Observing();
        await using var other = new Observing();
        other.Inner.FirstAnswers(ToolScripts.Ask("look", "id-1"));

        await AskAsync(Outermost(other, Look(observing)), streaming: false);

        (await other.RowsAsync()).ShouldBeEmpty();
        (await observing.OnlyCallAsync()).Operation.ShouldBe("execute_tool");
    }

    [Fact]
    public async Task A_failed_call_keeps_its_rows()
    {
        await using var observing = new Observing();
        var look = Look(observing);
        observing.Inner.Respond = async (_, _, _) =>
        {
            await look.InvokeAsync(null, Token);
            throw new TimeoutException();
        };
        await Should.ThrowAsync<TimeoutException>(() => AskAsync(observing.Client, streaming: false));

        (await observing.OnlyRowAsync()).CallId.ShouldBe((await observing.OnlyCallAsync()).Id);
    }

    internal static ChatResponse Answer(params AIContent[] contents)
    {
        var response = ScriptedChatClient.Response();
        response.Messages = [new ChatMessage(ChatRole.Assistant, contents)];
        return response;
    }

    internal static async Task AskAsync(IChatClient client, bool streaming)
    {
        if (!streaming)
        {
            await client.GetResponseAsync(Observing.Hello, cancellationToken: Token);
            return;
        }

        await foreach (var update in client.GetStreamingResponseAsync(Observing.Hello, cancellationToken: Token))
        {
            update.ShouldNotBeNull();
        }
    }

    internal static AIFunction Look(Observing observing) =>
        new ScriptedFunction("look", (_, _) => new("seen")).WithLlmObservability(observing.Observer);

    private static AIFunction Fails(Observing observing) =>
        new ScriptedFunction("fails", (_, _) => throw new TimeoutException("a secret")).WithLlmObservability(observing.Observer);

    private static AIFunction Slow(Observing observing, ManualTimeProvider time) =>
        new ScriptedFunction("slow", async (_, _) =>
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromMilliseconds(250));
            return null;
        }).WithLlmObservability(observing.Observer);

    /// <summary>Ours around the function-invoking client alone.</summary>
    private static IChatClient Outermost(Observing observing, params AITool[] tools) =>
        new ToolInvokingClient(observing.Inner, tools).WithLlmObservability(observing.Observer);
}
