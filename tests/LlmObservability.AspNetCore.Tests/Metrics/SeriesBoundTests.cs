using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_core_bounds_itself_is_not_cut_a_second_time(bool gatewayNames)
    {
        const int Calls = 40;
        await using var rig = await WebRig.StartAsync(
            app => app.MapLlmMetrics(),
            options => (options.Metrics.MaxSeries, options.Metrics.GatewayNames) = (10, gatewayNames),
            core => core.Telemetry.MaxMetricSeries = 20);
        for (var i = 0; i < Calls; i++)
        {
            await rig.Client.GetResponseAsync("Hi", new ChatOptions { ModelId = $"model-{i}" }, WebRig.Token);
        }

        await rig.ScrapeAsync();
        var read = Exposition.Parse(await rig.ScrapeAsync(), openMetrics: false);

        read.Sum("llm_observability_requests_total").ShouldBe(Calls);
        read.Sum("llm_observability_tokens_total").ShouldBe(Calls * 1_100);
        read.Sum("llm_observability_tokens_total", ("gen_ai_request_model", "_OTHER")).ShouldBe((Calls - 20) * 1_100);
        read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_observability_tokens")).ShouldBe(0);
        if (gatewayNames)
        {
            read.Sum("llm_usage_total_tokens_total").ShouldBe(Calls * 1_100);
            read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_usage_total_tokens")).ShouldBe(0);
        }
    }

    [Fact]
    public void Scraping_again_cuts_nothing_again()
    {
        using var rig = new MetersRig(options => (options.MaxSeries, options.GatewayNames) = (10, true));
        var counter = rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.");
        rig.Meter.CreateObservableCounter(
            "llm_observability.tokens", () => Enumerable.Range(0, 25).Select(i => new Measurement<long>(2, new KeyValuePair<string, object?>("gen_ai.request.model", $"m-{i}"))));
        for (var i = 0; i < 25; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("model", $"m-{i}"));
        }

        rig.Read(openMetrics: true);
        rig.Read(openMetrics: true);
        var read = rig.Read(openMetrics: true);

        read.Sum("llm_observability_metrics_cut_total").ShouldBe(15);
        read.Sum("llm_observability_tokens_total").ShouldBe(50);
        read.Sum("llm_usage_total_tokens_total").ShouldBe(50);
        rig.Log.Events.ShouldBe(["SeriesCut"]);
    }

    [Fact]
    public async Task At_the_bound_many_at_once_keep_as_many_as_there_may_be_and_cut_all_the_rest()
    {
        const int Threads = 4;
        const int Each = 20_000;
        const int MaxSeries = 50;
        using var rig = new MetersRig(options => options.MaxSeries = MaxSeries);
        var counter = rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.");
        var histogram = rig.Meter.CreateHistogram<double>("llm_observability.size", null, "Size.");
        using var together = new Barrier(Threads);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                for (var i = 0; i < Each; i++)
                {
                    // All threads come to the bound with the same series and with their own, in another order each.
                    var model = new KeyValuePair<string, object?>("model", $"m-{((i * 7) + (thread * 13)) % 90}");
                    counter.Add(1, model);
                    histogram.Record(1, model, new("thread", i % 2 == 0 ? thread : -1));
                }
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var read = rig.Read(openMetrics: true);
        read.Of("llm_observability_things").Samples.Count.ShouldBe(MaxSeries);
        var (kept, cut) = (read.Sum("llm_observability_things_total"), read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_observability_things")));
        (kept + cut).ShouldBe(Threads * Each);
        cut.ShouldBeGreaterThan(0);
        (read.Sum("llm_observability_size_count") + read.Sum("llm_observability_metrics_cut_total", ("metric", "llm_observability_size"))).ShouldBe(Threads * Each);
        rig.Log.Events.ShouldBe(["SeriesCut", "SeriesCut"]);
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
