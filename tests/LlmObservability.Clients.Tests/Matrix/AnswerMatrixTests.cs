using LlmObservability.Clients.Tests.Wire;

namespace LlmObservability.Clients.Tests.Matrix;

public class AnswerMatrixTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, bool> Cases()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (var scenario in AnswerScenarios.All)
        {
            foreach (var driver in Drivers.All.Where(driver => scenario.Nanos.ContainsKey(driver.Name)))
            {
                cases.Add(driver.Name, scenario.Name, false);
                cases.Add(driver.Name, scenario.Name, true);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_answer_is_stored_counted_and_priced_exactly(string client, string name, bool streamed)
    {
        var driver = Drivers.Named(client);
        var scenario = AnswerScenarios.All.Single(scenario => scenario.Name == name);
        await using var server = new WireServer(driver.Reply(scenario.Answer, streamed));
        await using var watch = new Watch(server);
        (await watch.Wrap(driver.Connect(server.Uri)).AskAsync(streamed, cancellationToken: Token)).ShouldBe(scenario.Answer.Text);

        var call = await watch.OnlyCallAsync();
        call.Outcome.ShouldBe(LlmOutcome.Completed);
        call.Provider.ShouldBe(driver.Name);
        call.ServerAddress.ShouldBe("127.0.0.1");
        call.ServerPort.ShouldBe(server.Uri.Port);
        call.RequestModel.ShouldBe(driver.RequestModel);
        call.ResponseModel.ShouldBe(driver.ResponseModel);
        call.ResponseId.ShouldBe(driver.ResponseId);
        call.FinishReason.ShouldBe(scenario.Answer.Finish);
        call.ToolCallCount.ShouldBe(scenario.Answer.ToolCalls);
        call.Streaming.ShouldBe(streamed);
        call.TimeToFirstToken.HasValue.ShouldBe(streamed);
        call.HttpStatus.ShouldBeNull();
        call.ErrorType.ShouldBeNull();
        call.AttemptCount.ShouldBe(1);
        call.Tokens.ShouldBe(scenario.Tokens);
        call.Cost!.Value.TotalNanos.ShouldBe(scenario.Nanos[driver.Name]);
        call.CostReason.ShouldBe(LlmCostReason.Priced);
        call.PriceEntry.ShouldBe(driver.PriceEntry);
        server.Requests.ShouldHaveSingleItem();
        watch.ShouldAgreeOn(call);
    }
}
