namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class SeriesBoundTests
{
    [Fact]
    public void Beyond_the_bound_measurements_are_counted_as_left_out_and_told_once()
    {
        using var rig = new MetersRig(options => options.MaxSeries = 10);
        var counter = rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.");
        var histogram = rig.Meter.CreateHistogram<double>("llm_observability.size", null, "Size.");
        for (var i = 0; i < 25; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("model", $"m-{i}"));
            counter.Add(1, new KeyValuePair<string, object?>("model", $"m-{i}"));
            histogram.Record(1, new KeyValuePair<string, object?>("model", $"m-{i}"));
        }

        var read = rig.Read(openMetrics: true);

        read.Of("llm_observability_things").Samples.Count.ShouldBe(10);
        read.Sum("llm_observability_things_total").ShouldBe(20);
        read.Sum("llm_observability_size_count").ShouldBe(10);
        read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_observability_things")).ShouldBe(30);
        read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_observability_size")).ShouldBe(15);
        rig.Log.Events.ShouldBe(["SeriesCut", "SeriesCut"]);
    }

    [Fact]
    public void Those_that_are_there_stay()
    {
        using var rig = new MetersRig(options => options.MaxSeries = 10);
        var counter = rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.");
        for (var i = 0; i < 25; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("model", $"m-{i}"));
        }

        counter.Add(1, new KeyValuePair<string, object?>("model", "m-3"));

        rig.Read(openMetrics: true).Sum("llm_observability_things_total", ("model", "m-3")).ShouldBe(2);
    }

    [Fact]
    public async Task Recorded_by_many_at_once_and_read_meanwhile_nothing_is_lost_or_torn()
    {
        const int Threads = 4;
        const int Each = 20_000;
        using var rig = new MetersRig();
        var counter = rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.");
        var histogram = rig.Meter.CreateHistogram<double>("llm_observability.size", null, "Size.");
        var recording = Enumerable.Range(0, Threads).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    // New texts each time: series are found by what they say.
                    var model = new KeyValuePair<string, object?>("model", $"m-{i % 97}");
                    counter.Add(1, model, new("thread", thread));
                    histogram.Record(i % 7, model);
                }
            },
            TestContext.Current.CancellationToken)).ToList();
        while (!recording.TrueForAll(task => task.IsCompleted))
        {
            // The parser holds each histogram's count against its buckets.
            rig.Read(openMetrics: true).Families.ShouldNotBeEmpty();
        }

        await Task.WhenAll(recording);

        var read = rig.Read(openMetrics: true);
        read.Sum("llm_observability_things_total").ShouldBe(Threads * Each);
        read.Sum("llm_observability_size_count").ShouldBe(Threads * Each);
        read.Sum("llm_observability_size_sum").ShouldBe(Threads * Enumerable.Range(0, Each).Sum(i => i % 7));
        read.Of("llm_observability_things").Samples.Count.ShouldBe(97 * Threads);
    }
}
