using LlmObservability.Queries;

namespace LlmObservability.Tests.Queries;

public sealed class LlmValueTests
{
    [Theory]
    [InlineData(LlmFieldType.Integer, "-42", true)]
    [InlineData(LlmFieldType.Integer, "9223372036854775807", true)]
    [InlineData(LlmFieldType.Integer, "9223372036854775808", false)]
    [InlineData(LlmFieldType.Integer, "1,000", false)]
    [InlineData(LlmFieldType.Integer, " 1", false)]
    [InlineData(LlmFieldType.Number, "1.5e3", true)]
    [InlineData(LlmFieldType.Number, "1,5", false)]
    [InlineData(LlmFieldType.Number, "Infinity", false)]
    [InlineData(LlmFieldType.Number, "1e999", false)]
    [InlineData(LlmFieldType.Boolean, "true", true)]
    [InlineData(LlmFieldType.Boolean, "True", false)]
    [InlineData(LlmFieldType.Time, "2025-01-31T23:59:59.123456Z", true)]
    [InlineData(LlmFieldType.Time, "2025-01-31T23:59:59.1234567+02:00", true)]
    [InlineData(LlmFieldType.Time, "2025-01-31T23:59:59Z", true)]
    [InlineData(LlmFieldType.Time, "2025-01-31T23:59+05:30", true)]
    [InlineData(LlmFieldType.Time, "2025-01-31T23:59:59", false)]
    [InlineData(LlmFieldType.Time, "31.01.2025", false)]
    [InlineData(LlmFieldType.Id, "018f2b6e-7c00-7abc-8def-0123456789ab", true)]
    [InlineData(LlmFieldType.Id, "{018f2b6e-7c00-7abc-8def-0123456789ab}", false)]
    [InlineData(LlmFieldType.Text, "", true)]
    [InlineData(LlmFieldType.Text, "😀", true)]
    [InlineData(LlmFieldType.Text, "a\0", false)]
    public void Values_of_a_type_are_told_from_others(LlmFieldType type, string text, bool fits)
    {
        LlmValue.Fits(type, text).ShouldBe(fits);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        foreach (var text in new[] { "\ud83d", "a\ud83d", "\ude00a", "\ud83d\ud83d\ude00", "\ud83d\ude00\ude00" })
        {
            LlmValue.IsText(text).ShouldBeFalse();
        }

        LlmValue.IsText("\ud83d\ude00\ud83d\ude00").ShouldBeTrue();
    }

    [Fact]
    public void A_time_with_an_offset_is_read_as_utc()
    {
        LlmValue.TryParseTime("2025-01-31T23:59:59.123456+02:00", out var time).ShouldBeTrue();
        time.ShouldBe(new DateTimeOffset(2025, 1, 31, 21, 59, 59, TimeSpan.Zero).AddTicks(1_234_560));
        time.Offset.ShouldBe(TimeSpan.Zero);
        LlmValue.Format(time).ShouldBe("2025-01-31T21:59:59.1234560Z");
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "aa")]
    [InlineData("Z", "a")]
    [InlineData("z", "é")]
    [InlineData("~", "😀")]
    [InlineData("\uffff", "😀")]
    [InlineData("😀", "😁")]
    public void Text_compares_by_code_point(string smaller, string greater)
    {
        LlmValue.CompareText(smaller, greater).ShouldBeLessThan(0);
        LlmValue.CompareText(greater, smaller).ShouldBeGreaterThan(0);
        LlmValue.CompareText(greater, greater).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10)]
    [InlineData(9, 10)]
    [InlineData(10, 10)]
    public void A_bound_moves_up_to_a_whole_microsecond(int ticks, int expected)
    {
        var time = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        LlmValue.ToBound(time.AddTicks(ticks)).ShouldBe(time.AddTicks(expected));
    }
}
