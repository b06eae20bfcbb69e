using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class HostileLabelTests
{
    private static readonly string[] Pieces =
    [
        "\"", "\\", "\n", "\r", "\t", "\0", "\u001b[31m", "}", "{", ",", "=", " ", "# EOF", "\n# EOF\n", "\\n", "\\\"", "a", "\u202e", "\u2066", "\ufeff",
        "\u2028", "é", "😀", "\ud83d", "\ude00", "\uffff", "llm_requests_total 1",
    ];

    private static readonly Arbitrary<string> Values = Gen.Elements(Pieces).ListOf().Select(string.Concat).Where(value => value.Length > 0).ToArbitrary();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_a_label_holds_is_read_back_as_it_was(bool openMetrics)
    {
        Prop.ForAll(Values, value =>
        {
            using var rig = new MetersRig();
            rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.").Add(1, new KeyValuePair<string, object?>("tag", value));
            var sample = rig.Read(openMetrics).Families.Single(family => family.Name.StartsWith("llm_observability_things", StringComparison.Ordinal)).Samples.ShouldHaveSingleItem();

            // Half of a surrogate pair cannot be written.
            sample.Labels["tag"].ShouldBe(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value)));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_an_attribute_is_named_its_label_is_one(bool openMetrics)
    {
        Prop.ForAll(Values, name =>
        {
            using var rig = new MetersRig();
            rig.Meter.CreateCounter<long>("llm_observability.things", null, "Things.").Add(1, new KeyValuePair<string, object?>(name, "x"));

            rig.Read(openMetrics).Sum("llm_observability_things_total").ShouldBe(1);
        }).QuickCheckThrowOnFailure();
    }
}
