using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.Matrix;

public class FaultMatrixTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<string, string> Cases() => new(Drivers.All.Select(driver => driver.Name), FaultScenarios.All.Select(fault => fault.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_fault_is_one_call_with_its_outcome_and_without_a_guess(string client, string name)
    {
        var driver = Drivers.Named(client);
        var fault = FaultScenarios.All.Single(fault => fault.Name == name);
        var firstText = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new WireServer(fault.Replies(driver, firstText.Task));
        await using var watch = new Watch(server);
        var thrown = await Record.ExceptionAsync(
            () => watch.Wrap(driver.Connect(server.Uri, fault.Retries)).AskAsync(fault.Streamed, () => firstText.SetResult(), Token));

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(fault.Outcome);
        call.Streaming.ShouldBe(fault.Streamed);
        call.TimeToFirstToken.HasValue.ShouldBe(fault.FirstText);
        call.RequestModel.ShouldBe(driver.RequestModel);
        call.ToolCallCount.ShouldBe(0);
        // What the client tries again inside itself cannot be seen from outside.
        call.AttemptCount.ShouldBe(1);
        server.Requests.Count.ShouldBe(fault.Requests);
        call.ErrorType.ShouldBe(thrown?.GetType().FullName);
        if (fault.Outcome == LlmOutcome.Completed)
        {
            call.ResponseId.ShouldBe(driver.ResponseId);
            call.HttpStatus.ShouldBeNull();
            call.Tokens.ShouldBe(new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 1_000, VisibleOutput = 50 });
            call.PriceEntry.ShouldBe(driver.PriceEntry);
        }
        else
        {
            var status = fault.Status?.Invoke(driver);
            call.HttpStatus.ShouldBe(status);
            call.ErrorType.ShouldBe(status is { } told ? driver.ErrorType(told) : fault.ErrorTypes![client]);
            call.ResponseId.ShouldBe(fault.FirstText ? driver.ResponseId : null);
            call.ResponseModel.ShouldBe(fault.FirstText ? driver.ResponseModel : null);
            call.FinishReason.ShouldBeNull();
            // What came before the fault is a lower bound of what is billed; a call that was refused is not billed.
            call.Tokens.Source.ShouldBe(fault.FirstText ? LlmUsageSource.Estimated : LlmUsageSource.Missing);
            (call.Cost is not null).ShouldBe(fault.FirstText);
            call.CostReason.ShouldBe(fault.FirstText ? LlmCostReason.Priced : LlmCostReason.MissingUsage);
        }

        watch.ShouldAgreeOn(call);
    }
}
