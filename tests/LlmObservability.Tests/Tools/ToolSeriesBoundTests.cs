using System.Diagnostics.Metrics;
using LlmObservability.Telemetry;

namespace LlmObservability.Tests.Tools;

public sealed class ToolSeriesBoundTests : IDisposable
{
    private const int Threads = 4;

    private readonly Meter _meter = new("test");

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Tools_that_come_at_once_are_told_apart_up_to_the_bound_and_never_beyond()
    {
        for (var round = 0; round < 300; round++)
        {
            // All come to the last place at the same time; one more is what all the rest share.
            var tools = new ToolInstruments(_meter, 1);
            (await AtOnceAsync(thread => tools.Series($"tool-{thread}", "function"))).Distinct().Count().ShouldBe(2);
        }
    }

    [Fact]
    public async Task A_tool_asked_for_by_many_at_once_takes_one_place()
    {
        const int Places = 300;
        var tools = new ToolInstruments(_meter, Places);
        for (var i = 0; i < Places; i++)
        {
            var asked = await AtOnceAsync(_ => tools.Series($"tool-{i}", "function"));
            asked.Distinct().ShouldHaveSingleItem().Attributes(Call($"tool-{i}")).ShouldContain(new KeyValuePair<string, object?>("gen_ai.tool.name", $"tool-{i}"));
        }
    }

    [Fact]
    public async Task A_model_that_asks_from_many_threads_at_once_takes_one_place()
    {
        const int Places = 300;
        var tools = new ToolInstruments(_meter, Places);
        var series = tools.Series("look", "function");
        var call = Call("look");
        for (var i = 0; i < Places; i++)
        {
            var model = $"m-{i}";
            var asked = await AtOnceAsync(_ => series.Attributes(call, "openai", model, tools));

            asked.ShouldAllBe(attributes => attributes.Contains(new KeyValuePair<string, object?>("gen_ai.request.model", model)));
        }

        series.Attributes(call, "openai", "one more", tools).ShouldNotContain(attribute => attribute.Key == "gen_ai.request.model");
    }

    private static LlmToolCall Call(string name) =>
        new() { Ordinal = 1, StartedAt = DateTimeOffset.UnixEpoch, Name = name, Outcome = LlmOutcome.Completed };

    private static async Task<T[]> AtOnceAsync<T>(Func<int, T> ask)
    {
        using var together = new Barrier(Threads);
        return await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return ask(thread);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }
}
