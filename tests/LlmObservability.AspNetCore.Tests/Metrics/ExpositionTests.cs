using System.Diagnostics.Metrics;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class ExpositionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Instruments_become_metrics_of_their_kind_name_and_unit(bool openMetrics)
    {
        using var rig = new MetersRig();
        var total = openMetrics ? "" : "_total";
        rig.Meter.CreateCounter<long>("llm_observability.things", "{thing}", "Things, \"all\" \\ of\nthem.").Add(3);
        rig.Meter.CreateUpDownCounter<long>("llm_observability.open", "{thing}", "Open.").Add(-2);
        rig.Meter.CreateObservableGauge("llm_observability.age", () => 1.5, "s", "Age.");
        rig.Meter.CreateObservableUpDownCounter("llm_observability.queue.bytes", () => 7L, "By", "Bytes.");
        rig.Meter.CreateHistogram("llm_observability.rate", "{token}/s", "Rate.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 1_048_576] }).Record(1);

        var read = rig.Read(openMetrics);

        read.Families.Select(family => family.Name).ShouldBe(
            ["llm_observability_age_seconds", "llm_observability_metrics_cut" + total, "llm_observability_metrics_unread" + total,
             "llm_observability_open", "llm_observability_queue_bytes", "llm_observability_rate_per_second", "llm_observability_things" + total]);
        read.Of("llm_observability_things" + total).Help.ShouldBe("Things, \"all\" \\ of\nthem.");
        read.Sum("llm_observability_things_total").ShouldBe(3);
        read.Sum("llm_observability_open").ShouldBe(-2);
        read.Sum("llm_observability_age_seconds").ShouldBe(1.5);
        read.Of("llm_observability_age_seconds").Unit.ShouldBe(openMetrics ? "seconds" : null);
        read.Of("llm_observability_queue_bytes").Unit.ShouldBe(openMetrics ? "bytes" : null);
        read.Of("llm_observability_rate_per_second").Samples.Where(sample => sample.Labels.ContainsKey("le")).Select(sample => sample.Labels["le"])
            .ShouldBe([openMetrics ? "1.0" : "1", "1.048576e+06", "+Inf"]);
    }

    [Fact]
    public void An_instrument_that_throws_is_told_once_counted_at_each_scrape_and_the_others_are_read()
    {
        using var rig = new MetersRig();
        rig.Read(openMetrics: true).Sum("llm_observability_metrics_unread_total").ShouldBe(0);
        rig.Meter.CreateObservableGauge("llm_observability.broken", Broken);
        rig.Meter.CreateObservableGauge("llm_observability.whole", () => 5L);

        rig.Read(openMetrics: true).Sum("llm_observability_whole").ShouldBe(5);
        var read = rig.Read(openMetrics: true);

        read.Sum("llm_observability_metrics_unread_total").ShouldBe(2);
        rig.Log.Events.ShouldBe(["InstrumentUnread"]);
        rig.Log.Entries[0].Message.ShouldContain("System.TimeoutException");
        rig.Log.Entries[0].Message.ShouldNotContain("secret");

        static long Broken() => throw new TimeoutException("a secret");
    }

    [Fact]
    public void A_value_on_a_bound_is_in_its_bucket_and_buckets_add_up()
    {
        using var rig = new MetersRig();
        var histogram = rig.Meter.CreateHistogram("llm_observability.size", null, "Size.", tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16] });
        foreach (var value in new long[] { 0, 1, 2, 4, 5, 16, 17, 1_000 })
        {
            histogram.Record(value);
        }

        var samples = rig.Read(openMetrics: false).Of("llm_observability_size").Samples;

        samples.Select(sample => sample.Value).ShouldBe([2, 4, 6, 8, 1045, 8]);
    }

    [Fact]
    public void Neither_not_a_number_nor_infinity_gets_into_a_sum()
    {
        using var rig = new MetersRig();
        var histogram = rig.Meter.CreateHistogram<double>("llm_observability.size");
        foreach (var value in new[] { double.NaN, double.PositiveInfinity, 2 })
        {
            histogram.Record(value);
        }

        rig.Read(openMetrics: true).Sum("llm_observability_size_sum").ShouldBe(2);
    }

    [Fact]
    public void The_order_is_the_same_whatever_came_first()
    {
        using var rig = new MetersRig();
        var later = rig.Meter.CreateCounter<long>("llm_observability.b", null, "B.");
        var earlier = rig.Meter.CreateCounter<long>("llm_observability.a", null, "A.");
        foreach (var model in new[] { "z", "a", "m" })
        {
            later.Add(1, new KeyValuePair<string, object?>("model", model));
        }

        earlier.Add(1);
        var first = rig.Text(openMetrics: false);

        rig.Text(openMetrics: false).ShouldBe(first);
        rig.Read(openMetrics: false).Families.Select(family => family.Name).ShouldBeInOrder();
        rig.Read(openMetrics: false).Of("llm_observability_b_total").Samples.Select(sample => sample.Labels["model"]).ShouldBe(["a", "m", "z"]);
    }

    [Fact]
    public void Attributes_in_another_order_are_the_same_series_and_those_that_become_one_label_are_joined()
    {
        using var rig = new MetersRig();
        var counter = rig.Meter.CreateCounter<long>("llm_observability.b", null, "B.");
        counter.Add(1, new("a.b", "x"), new KeyValuePair<string, object?>("c", 1));
        counter.Add(2, new("c", 1), new KeyValuePair<string, object?>("a.b", "x"));
        counter.Add(4, new("a.b", "x"), new KeyValuePair<string, object?>("a_b", "y"));

        var samples = rig.Read(openMetrics: true).Of("llm_observability_b").Samples;

        samples.Select(sample => (sample.Labels["a_b"], sample.Value)).ShouldBe([("x", 3), ("x;y", 4)], ignoreOrder: true);
    }

    [Fact]
    public void What_an_instrument_no_longer_says_is_no_longer_there()
    {
        using var rig = new MetersRig();
        var sinks = new List<string> { "file", "postgres" };
        rig.Meter.CreateObservableCounter(
            "llm_observability.written", () => sinks.Select(sink => new Measurement<long>(5, new KeyValuePair<string, object?>("sink", sink))), null, "Written.");
        rig.Read(openMetrics: false).Sum("llm_observability_written_total").ShouldBe(10);
        sinks.Remove("file");

        rig.Read(openMetrics: false).Of("llm_observability_written_total").Samples.ShouldHaveSingleItem().Value.ShouldBe(5);
    }

    [Fact]
    public void An_instrument_that_throws_hides_no_other()
    {
        using var rig = new MetersRig();
        rig.Meter.CreateObservableCounter("llm_observability.broken", long () => throw new InvalidOperationException("no"), null, "Broken.");
        rig.Meter.CreateObservableCounter("llm_observability.well", () => 5L, null, "Well.");

        rig.Read(openMetrics: false).Sum("llm_observability_well_total").ShouldBe(5);
    }

    [Fact]
    public void Meters_of_another_name_or_another_application_are_not_there()
    {
        using var rig = new MetersRig();
        using var other = new MetersRig();
        rig.Factory.Create("Shop").CreateCounter<long>("shop.orders").Add(1);
        other.Meter.CreateCounter<long>("llm_observability.things").Add(1);

        rig.Text(openMetrics: false).ShouldNotContain("orders");
        rig.Text(openMetrics: false).ShouldNotContain("things");
        other.Text(openMetrics: false).ShouldContain("things");
    }
}
