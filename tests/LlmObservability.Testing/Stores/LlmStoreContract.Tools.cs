using LlmObservability.Queries;
using LlmObservability.Sinks;

namespace LlmObservability.Testing.Stores;

/// <content>Histograms whose values lie far from the bounds, and the tools of calls.</content>
public abstract partial class LlmStoreContract
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Values_that_are_far_from_the_bounds_are_in_their_bins(bool settled)
    {
        var (sink, store) = await EmptyAsync();
        var script = new ScriptedCalls(3, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        (long Microseconds, LlmHistogramBin Bin)[] expected =
        [
            (0, new(0, 1, 1)), (1, new(1, 1.5, 1)), (4, new(3, 5, 3)), (12, new(10, 15, 1)), (1_250_000, new(1_000_000, 1_500_000, 2)),
            (60_000_000, new(50_000_000, 70_000_000, 1)), (9_000_000_000, new(7_000_000_000, 10_000_000_000, 1)),
        ];
        LlmCallEnvelope[] calls =
        [
            .. expected.SelectMany(value => Enumerable.Repeat(TimeSpan.FromMicroseconds(value.Microseconds), (int)value.Bin.Count))
                .Select(wait => new LlmCallEnvelope(script.NextCall() with { QueueWait = wait, AttemptCount = 1, ToolCallCount = 0 })),
        ];
        await sink.WriteAsync(new LlmBatch(Writer, 1, calls), Cancel);
        if (settled)
        {
            await SettleAsync(store);
        }

        // With a window, which sums may answer; grouped; and by a field of which there are none.
        var window = new LlmFilter { From = Now, To = Now.AddDays(1) };
        foreach (var request in new[]
        {
            new LlmAggregateRequest { Histograms = true },
            new LlmAggregateRequest { Histograms = true, Filter = window },
            new LlmAggregateRequest { Histograms = true, Filter = window with { Conditions = [new(LlmField.ToolCallCount, LlmOperator.Below, "5")] } },
        })
        {
            var wait = (await store.AggregateAsync(request, Cancel)).Total.QueueWait;
            wait.Histogram.ShouldNotBeNull().ToList().ShouldBe([.. expected.Select(value => value.Bin)]);
            wait.P50.ShouldBeNull();
        }

        var spend = await store.AggregateAsync(new LlmAggregateRequest { Histograms = true, Measures = LlmMeasureSet.Spend, Filter = window }, Cancel);
        spend.Total.QueueWait.ShouldBe(default);
    }

    [Fact]
    public async Task Tools_are_those_of_the_calls_of_the_filter()
    {
        var (sink, store) = await EmptyAsync();
        var envelopes = ScriptedCalls.Create(200);
        await sink.WriteAsync(new LlmBatch(Writer, 1, envelopes), Cancel);
        var (from, to) = (Now.AddHours(7), Now.AddDays(2));
        foreach (var filter in new[]
        {
            LlmFilter.None,
            new LlmFilter { From = from, To = to },
            new LlmFilter { From = from },
            Where(LlmField.Model, LlmOperator.In, "gpt-4.1"),
            Where(LlmField.Outcome, LlmOperator.In, "failed") with { To = to },
            Where(LlmField.ErrorType, LlmOperator.Missing),
            Where(LlmField.FinishReason, LlmOperator.Present),
            Where(CallFacts.Team, LlmOperator.In, "red", ScriptedCalls.LooksLikeSql),
            Where(LlmField.Model, LlmOperator.In, "none"),
        })
        {
            var ids = Inside([.. envelopes.Select(envelope => envelope.Call)], filter).Select(call => call.Id).ToHashSet();
            var expected = Tools(envelopes.Where(envelope => ids.Contains(envelope.Call.Id)).SelectMany(envelope => envelope.ToolCalls));
            var answer = await store.ToolsAsync(new LlmToolsRequest { Filter = filter }, Cancel);
            ShouldBeTools(answer.Tools, expected);
            answer.HasMore.ShouldBeFalse();
            answer.CappedFrom.ShouldBeNull();
        }
    }

    [Fact]
    public async Task The_most_frequent_tools_come_first_and_the_others_are_told_of()
    {
        var (sink, store) = await EmptyAsync();
        var envelopes = ScriptedCalls.Create(100);
        await sink.WriteAsync(new LlmBatch(Writer, 1, envelopes), Cancel);
        var expected = Tools(envelopes.SelectMany(envelope => envelope.ToolCalls));
        expected.Count.ShouldBe(6);

        var some = await store.ToolsAsync(new LlmToolsRequest { Top = 5 }, Cancel);
        ShouldBeTools(some.Tools, expected[..5]);
        some.HasMore.ShouldBeTrue();
        var all = await store.ToolsAsync(new LlmToolsRequest { Top = 6 }, Cancel);
        ShouldBeTools(all.Tools, expected);
        all.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task Tool_calls_that_came_by_themselves_count_and_a_duration_that_nobody_told_is_none()
    {
        var (sink, store) = await EmptyAsync();
        var call = new ScriptedCalls(4, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1)).NextCall() with { AttemptCount = 1, ToolCallCount = 1 };
        LlmToolCall Of(int ordinal, string name, TimeSpan duration) =>
            new() { Ordinal = ordinal, StartedAt = call.StartedAt, Name = name, Outcome = LlmOutcome.Completed, Duration = duration };
        await sink.WriteAsync(new LlmBatch(Writer, 1, [new LlmCallEnvelope(call) { ToolCalls = [Of(1, "search", TimeSpan.Zero)] }]), Cancel);
        await sink.WriteAsync(
            new LlmBatch(
                Writer,
                2,
                [
                    new LlmToolCallEnvelope(call.Id, call.StartedAt, Of(2, "search", TimeSpan.FromMilliseconds(3))),
                    new LlmToolCallEnvelope(call.Id, call.StartedAt, Of(3, "calc", TimeSpan.Zero)),
                ]),
            Cancel);

        var answer = await store.ToolsAsync(new LlmToolsRequest { Filter = new LlmFilter { From = Now, To = Now.AddDays(1) } }, Cancel);

        answer.Tools.Select(tool => (tool.Name, tool.ToolCalls, tool.Duration.Count, tool.Duration.P99)).ToList()
            .ShouldBe([("search", 2, 1, 3_000), ("calc", 1, 0, null)]);
    }

    private static List<LlmToolUse> Tools(IEnumerable<LlmToolCall> toolCalls)
    {
        double? Rank(List<double> sorted, double share) => sorted.Count == 0 ? null : sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
        return
        [
            .. toolCalls.GroupBy(toolCall => (toolCall.Name, toolCall.Type)).Select(tool =>
            {
                List<double> durations = [.. tool.Select(toolCall => toolCall.Duration.Ticks / 10.0).Order()];
                return new LlmToolUse
                {
                    Name = tool.Key.Name,
                    Type = tool.Key.Type,
                    ToolCalls = tool.Count(),
                    Completed = tool.Count(toolCall => toolCall.Outcome == LlmOutcome.Completed),
                    Failed = tool.Count(toolCall => toolCall.Outcome == LlmOutcome.Failed),
                    Cancelled = tool.Count(toolCall => toolCall.Outcome == LlmOutcome.Cancelled),
                    Abandoned = tool.Count(toolCall => toolCall.Outcome == LlmOutcome.Abandoned),
                    Duration = new LlmDistribution
                    {
                        Count = durations.Count,
                        Sum = durations.Sum(),
                        Min = durations[0],
                        Max = durations[^1],
                        P50 = Rank(durations, 0.50),
                        P95 = Rank(durations, 0.95),
                        P99 = Rank(durations, 0.99),
                    },
                };
            }).OrderByDescending(tool => tool.ToolCalls)
                .ThenBy(tool => tool.Name, Comparer<string>.Create(CallFacts.Compare)).ThenBy(tool => tool.Type, StringComparer.Ordinal),
        ];
    }

    private static void ShouldBeTools(IReadOnlyList<LlmToolUse> actual, List<LlmToolUse> expected)
    {
        actual.Count.ShouldBe(expected.Count);
        foreach (var (tool, fact) in actual.Zip(expected))
        {
            (tool with { Duration = fact.Duration }).ShouldBe(fact);
            (tool.Duration.Count, tool.Duration.Min, tool.Duration.Max).ShouldBe((fact.Duration.Count, fact.Duration.Min, fact.Duration.Max));
            tool.Duration.Sum.ShouldBe(fact.Duration.Sum, 0.25);
            foreach (var (percentile, exact) in new[]
            {
                (tool.Duration.P50, fact.Duration.P50), (tool.Duration.P95, fact.Duration.P95), (tool.Duration.P99, fact.Duration.P99),
            })
            {
                percentile.ShouldNotBeNull().ShouldBe(exact!.Value, exact.Value * 0.02);
            }
        }
    }
}
