using LlmObservability.Clients.Tests.Wire;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>Times over a real connection, by a clock that the test moves while the server and the client wait.</summary>
public class TimingMatrixTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Clients() => [.. Drivers.All.Select(driver => driver.Name)];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_slow_first_byte_is_the_time_to_the_first_token(string client)
    {
        var driver = Drivers.Named(client);
        var (head, rest) = (Gate(), Gate());
        var time = new ManualTimeProvider();
        await using var server = new WireServer(driver.Held(new Answer(), rest.Task) with { BeforeHead = head.Task });
        await using var watch = new Watch(server, time);
        await using var updates = watch.Wrap(driver.Connect(server.Uri))
            .GetStreamingResponseAsync("a secret prompt", cancellationToken: Token).GetAsyncEnumerator(Token);
        var reading = ReadToTextAsync(updates);
        await Eventually.Is(() => server.Requests.Count == 1, "the request is there");
        time.Advance(TimeSpan.FromSeconds(3));
        head.SetResult();
        (await reading).ShouldBeTrue();

        // A second of the consumer's, and two of the provider's.
        time.Advance(TimeSpan.FromSeconds(1));
        reading = ReadToTextAsync(updates);
        time.Advance(TimeSpan.FromSeconds(2));
        rest.SetResult();
        (await reading).ShouldBeTrue();
        (await ReadToTextAsync(updates)).ShouldBeFalse();

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.TimeToFirstToken.ShouldBe(TimeSpan.FromSeconds(3));
        call.ProviderTime.ShouldBe(TimeSpan.FromSeconds(5));
        call.Duration.ShouldBe(TimeSpan.FromSeconds(6));
        watch.Metrics.Recorded("gen_ai.client.operation.time_per_output_chunk").Select(heard => heard.Value).ShouldBe([2.0]);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_slow_answer_that_comes_whole_has_a_duration_alone(string client)
    {
        var driver = Drivers.Named(client);
        var head = Gate();
        var time = new ManualTimeProvider();
        await using var server = new WireServer(driver.Reply(new Answer(), streamed: false) with { BeforeHead = head.Task });
        await using var watch = new Watch(server, time);
        var asking = watch.Wrap(driver.Connect(server.Uri)).AskAsync(streamed: false, cancellationToken: Token);
        await Eventually.Is(() => server.Requests.Count == 1, "the request is there");
        time.Advance(TimeSpan.FromSeconds(3));
        head.SetResult();
        await asking;

        var call = await watch.OnlyCallAsync();
        call.Duration.ShouldBe(TimeSpan.FromSeconds(3));
        call.ProviderTime.ShouldBe(TimeSpan.FromSeconds(3));
        call.TimeToFirstToken.ShouldBeNull();
        watch.ShouldAgreeOn(call);
    }

    /// <summary>Reads up to the next update with text; false at the stream's end.</summary>
    private static async Task<bool> ReadToTextAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
    {
        while (await updates.MoveNextAsync())
        {
            if (updates.Current.Text.Length > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static TaskCompletionSource Gate() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
