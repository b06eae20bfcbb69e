using LlmObservability.Queries;

namespace LlmObservability.Tests.Queries;

/// <summary>The bins of histograms.</summary>
public sealed class LlmHistogramTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.999, 0, 1)]
    [InlineData(1, 1, 1.5)]
    [InlineData(1.4999, 1, 1.5)]
    [InlineData(1.5, 1.5, 2)]
    [InlineData(2, 2, 3)]
    [InlineData(4.9, 3, 5)]
    [InlineData(6.5, 5, 7)]
    [InlineData(7, 7, 10)]
    [InlineData(10, 10, 15)]
    [InlineData(149_999, 100_000, 150_000)]
    [InlineData(150_000, 150_000, 200_000)]
    [InlineData(-3, 0, 1)]
    [InlineData(double.NaN, 0, 1)]
    public void A_value_is_in_the_bin_that_begins_at_it_or_before(double value, double from, double to)
    {
        var bin = LlmHistogram.BinOf(value);

        LlmHistogram.Bounds[bin].ShouldBe(from);
        LlmHistogram.Bounds[bin + 1].ShouldBe(to);
    }

    [Fact]
    public void Every_bound_begins_a_bin_and_what_is_beyond_the_last_is_in_the_last()
    {
        var bounds = LlmHistogram.Bounds;
        bounds.ShouldBe(bounds.Order());
        bounds.Distinct().Count().ShouldBe(bounds.Count);
        for (var i = 0; i < bounds.Count - 1; i++)
        {
            LlmHistogram.BinOf(bounds[i]).ShouldBe(i);
            LlmHistogram.BinOf(Math.BitDecrement(bounds[i + 1])).ShouldBe(i);
        }

        LlmHistogram.BinOf(double.MaxValue).ShouldBe(bounds.Count - 2);
        LlmHistogram.BinOf(double.PositiveInfinity).ShouldBe(bounds.Count - 2);
        bounds[bounds.Count - 1].ShouldBeGreaterThan(TimeSpan.MaxValue.TotalMicroseconds);
    }

    [Fact]
    public void Only_bins_with_values_are_told()
    {
        LlmHistogram.ToBins([2, 0, 0, 1]).ShouldBe([new LlmHistogramBin(0, 1, 2), new LlmHistogramBin(2, 3, 1)]);
        LlmHistogram.ToBins([]).ShouldBeEmpty();
    }
}
