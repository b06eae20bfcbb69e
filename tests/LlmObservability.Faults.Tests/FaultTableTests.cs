using LlmObservability.Faults;

namespace LlmObservability.Faults.Tests;

/// <summary>A share of what the program LlmObservability.Faults does by itself (docs/reliability.md).</summary>
public sealed class FaultTableTests(Bench bench)
{
    private const int Seed = 1;

    [Theory]
    [InlineData("postgres-kill", 3)]
    [InlineData("cut", 6)]
    [InlineData("away", 1)]
    [InlineData("kill", 2)]
    [InlineData("sigterm", 3)]
    [InlineData("blackhole", 1)]
    [InlineData("disk", 1)]
    [InlineData("flips", 1_000)]
    [InlineData("power", 15)]
    [InlineData("poison", 3)]
    [InlineData("memory", 3)]
    [InlineData("otlp-answers", 2)]
    [InlineData("otlp-away", 1)]
    [InlineData("otlp-kill", 2)]
    [InlineData("otlp-sigterm", 3)]
    [InlineData("otlp-refused", 1)]
    public async Task What_must_hold_holds(string fault, int runs)
    {
        var chosen = FaultSet.Choose(bench.Faults, [fault], isShare: true).ShouldHaveSingleItem();

        var rows = await chosen.RunAsync(runs, Seed);

        rows.SelectMany(row => row.Problems).ShouldBeEmpty();
        rows.ShouldAllBe(row => row.Runs >= runs && row.Promised > 0 && row.Lost == 0 && row.Duplicated == 0 && row.Wrong == 0);
    }

    [Fact]
    public void Every_fault_has_its_share_here()
    {
        var shares = GetType().GetMethod(nameof(What_must_hold_holds))!.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Cast<InlineDataAttribute>().Select(share => (string)share.Data[0]!);

        shares.ShouldBe(FaultSet.Of(bench.Faults, isShare: true).Select(fault => fault.Name), ignoreOrder: true);
    }
}
