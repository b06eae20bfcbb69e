using LlmObservability.Clients.Tests.Wire;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>The application leaves a call, or the client gives it up, and the server sees it.</summary>
public class LeavingMatrixTests
{
    private static readonly TimeSpan Bound = Eventually.Bound;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<string, bool> Cases() => new(Drivers.All.Select(driver => driver.Name), [false, true]);

    public static TheoryData<string> Clients() => [.. Drivers.All.Select(driver => driver.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Cancelled_before_the_first_byte(string client, bool streamed)
    {
        var driver = Drivers.Named(client);
        await using var server = new WireServer(driver.Reply(new Answer(), streamed) with { BeforeHead = new TaskCompletionSource().Task });
        await using var watch = new Watch(server);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = watch.Wrap(driver.Connect(server.Uri, retries: 2)).AskAsync(streamed, cancellationToken: cancelling.Token);
        await Eventually.Is(() => server.Requests.Count == 1, "the request is there");
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await server.ClientLeft.WaitAsync(Bound, Token);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Cancelled);
        call.TimeToFirstToken.ShouldBeNull();
        call.ResponseId.ShouldBeNull();
        NothingIsGuessed(call);
        server.Requests.Count.ShouldBe(1);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Cancelled_in_the_middle_of_a_stream(string client)
    {
        var driver = Drivers.Named(client);
        await using var server = new WireServer(NeverEnding(driver));
        await using var watch = new Watch(server);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Should.ThrowAsync<OperationCanceledException>(
            () => watch.Wrap(driver.Connect(server.Uri)).AskAsync(streamed: true, cancelling.Cancel, cancelling.Token));
        await server.ClientLeft.WaitAsync(Bound, Token);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Cancelled);
        call.TimeToFirstToken.ShouldNotBeNull();
        call.ResponseId.ShouldBe(driver.ResponseId);
        call.ResponseModel.ShouldBe(driver.ResponseModel);
        NothingIsGuessed(call);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Left_early_by_who_reads_the_stream(string client)
    {
        var driver = Drivers.Named(client);
        await using var server = new WireServer(NeverEnding(driver));
        await using var watch = new Watch(server);
        await foreach (var update in watch.Wrap(driver.Connect(server.Uri)).GetStreamingResponseAsync("a secret prompt", cancellationToken: Token))
        {
            if (update.Text.Length > 0)
            {
                break;
            }
        }

        await server.ClientLeft.WaitAsync(Bound, Token);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Abandoned);
        call.TimeToFirstToken.ShouldNotBeNull();
        call.ResponseId.ShouldBe(driver.ResponseId);
        call.ResponseModel.ShouldBe(driver.ResponseModel);
        NothingIsGuessed(call);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Given_up_by_the_clients_own_time_out_is_a_failure(string client, bool streamed)
    {
        var driver = Drivers.Named(client);
        await using var server = new WireServer(driver.Reply(new Answer(), streamed) with { BeforeHead = new TaskCompletionSource().Task });
        await using var watch = new Watch(server);
        var thrown = await Record.ExceptionAsync(
            () => watch.Wrap(driver.Connect(server.Uri, timeout: TimeSpan.FromMilliseconds(200))).AskAsync(streamed, cancellationToken: Token));

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe(thrown!.GetType().FullName);
        call.HttpStatus.ShouldBeNull();
        call.Duration.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(190));
        call.CostReason.ShouldBe(LlmCostReason.MissingUsage);
        watch.ShouldAgreeOn(call);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_server_that_is_not_there_is_a_failure_without_a_status(string client, bool streamed)
    {
        var driver = Drivers.Named(client);
        var server = new WireServer(driver.Reply(new Answer(), streamed));
        await using var watch = new Watch(server);
        await server.DisposeAsync();
        var thrown = await Record.ExceptionAsync(() => watch.Wrap(driver.Connect(server.Uri)).AskAsync(streamed, cancellationToken: Token));

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Failed);
        call.ErrorType.ShouldBe(thrown!.GetType().FullName);
        call.HttpStatus.ShouldBeNull();
        call.CostReason.ShouldBe(LlmCostReason.MissingUsage);
        watch.ShouldAgreeOn(call);
    }

    // Not in chunks: .NET reads on in those for 2 s, in the background, in the hope of keeping the connection.
    private static WireReply NeverEnding(IClientDriver driver) => driver.Held(new Answer(), new TaskCompletionSource().Task, WireEnd.Unframed);

    private static void NothingIsGuessed(LlmCall call)
    {
        call.ErrorType.ShouldBeNull();
        call.HttpStatus.ShouldBeNull();
        call.FinishReason.ShouldBeNull();
        // What was seen of a stream is a lower bound of what is billed; of nothing, nothing is known.
        var seen = call.TimeToFirstToken is not null;
        call.Tokens.Source.ShouldBe(seen ? LlmUsageSource.Estimated : LlmUsageSource.Missing);
        (call.Cost is not null).ShouldBe(seen);
        call.CostReason.ShouldBe(seen ? LlmCostReason.Priced : LlmCostReason.MissingUsage);
    }
}
