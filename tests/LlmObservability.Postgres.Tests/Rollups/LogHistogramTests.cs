using FsCheck;
using FsCheck.Fluent;

namespace LlmObservability.Postgres.Tests.Rollups;

public sealed class LogHistogramTests
{
    private static readonly int[] Percents = [1, 50, 90, 95, 99, 100];

    [Fact]
    public void A_bucket_stands_for_its_values_with_an_error_below_two_percent()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Values(), values => values.All(value =>
            Math.Abs(LogHistogram.ValueOf(LogHistogram.BucketOf(value)) - value) <= 0.016 * value)));
    }

    [Fact]
    public void Whole_numbers_up_to_32_have_a_bucket_of_their_own()
    {
        Enumerable.Range(0, 33).Select(value => Math.Round(LogHistogram.ValueOf(LogHistogram.BucketOf(value))))
            .ShouldBe(Enumerable.Range(0, 33).Select(value => (double)value));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(1e-9, 1)]
    [InlineData(double.MaxValue, 2049)]
    [InlineData(double.PositiveInfinity, 2049)]
    public void What_no_measure_is_has_a_bucket_all_the_same(double value, int bucket)
    {
        LogHistogram.BucketOf(value).ShouldBe(bucket);
    }

    [Fact]
    public void Percentiles_are_those_of_the_values_by_nearest_rank_within_two_percent()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Values(), values =>
        {
            var percentiles = Of(values).Percentiles(Percents);
            if (values.Length == 0)
            {
                return percentiles.All(value => value is null);
            }

            var sorted = values.Order().ToArray();
            return Percents.Zip(percentiles).All(pair =>
            {
                var exact = sorted[(int)Math.Ceiling(sorted.Length * pair.First / 100.0) - 1];
                return Math.Abs(pair.Second!.Value - exact) <= 0.02 * exact;
            });
        }));
    }

    [Fact]
    public void The_bytes_of_two_one_after_the_other_are_the_bytes_of_both()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Values(), Values(), (some, others) =>
        {
            var merged = new LogHistogram();
            merged.Add([.. Bytes(Of(some)), .. Bytes(Of(others))]);
            return Bytes(merged).SequenceEqual(Bytes(Of([.. others, .. some])));
        }));
    }

    [Fact]
    public void A_million_values_of_few_buckets_take_few_bytes()
    {
        var histogram = new LogHistogram();
        for (var i = 0; i < 1_000_000; i++)
        {
            histogram.Add(1000 + (i % 100));
        }

        Bytes(histogram).Length.ShouldBeLessThan(60);
        histogram.Percentiles(50)[0]!.Value.ShouldBe(1049, tolerance: 21);
    }

    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 0, 1 })]
    [InlineData(new byte[] { 0, 1, 0x80 })]
    [InlineData(new byte[] { 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 })]
    public void Bytes_that_are_none_are_refused(byte[] bytes)
    {
        Should.Throw<FormatException>(() => new LogHistogram().Add(bytes));
    }

    /// <summary>From a few microseconds to years, and the small numbers that counts are.</summary>
    private static Arbitrary<double[]> Values() => Gen.OneOf(
        Gen.Choose(0, 1_000).Select(value => (double)value),
        Gen.Choose(0, 400).Select(power => Math.Pow(10, power / 33.0)),
        Gen.Choose(1, 1_000).Select(value => value / 500.0)).ArrayOf().ToArbitrary();

    private static LogHistogram Of(double[] values)
    {
        var histogram = new LogHistogram();
        foreach (var value in values)
        {
            histogram.Add(value);
        }

        return histogram;
    }

    private static byte[] Bytes(LogHistogram histogram)
    {
        var bytes = new byte[histogram.MaxEncodedLength];
        return bytes[..histogram.Encode(bytes)];
    }
}
