using System.Globalization;
using LlmObservability;
using LlmObservability.Pricing;

namespace PriceCalculator;

/// <summary>An explanation as text: the cost, what it was taken from, and the bill's lines.</summary>
internal static class ExplanationText
{
    private const string Exact = "#,0.############################";

    public static void Write(TextWriter output, CostExplanation explanation)
    {
        output.WriteLine(explanation.Cost is { } cost
            ? Text($"cost: {Plain(cost.TotalUsd)} USD = {cost.TotalNanos:#,0} nano-dollars")
            : $"cost: not known ({explanation.Reason.ToName()})");
        if (explanation.PriceEntry is not null)
        {
            output.WriteLine(Text($"entry: {explanation.PriceEntry}, catalog of {explanation.CatalogDate:yyyy-MM-dd}"));
        }

        if (explanation.PriceSet is not null)
        {
            var over = explanation.Over is { } bound ? Text($"over {bound:#,0} input tokens") : "base";
            output.WriteLine($"prices: {explanation.PriceSet}; service tier {explanation.ServiceTier}; context tier {over}");
            WriteMultiplier(output, "geo", explanation.Geo, explanation.GeoMultiplier);
            WriteMultiplier(output, "speed", explanation.Speed, explanation.SpeedMultiplier);
        }

        if (explanation.Lines.Count > 0)
        {
            WriteLines(output, explanation);
        }
    }

    private static void WriteMultiplier(TextWriter output, string kind, string? name, decimal factor)
    {
        if (name is not null)
        {
            output.WriteLine($"{kind}: {name} x {Plain(factor)}{(factor == 1 ? "" : " on tokens")}");
        }
    }

    private static void WriteLines(TextWriter output, CostExplanation explanation)
    {
        output.WriteLine();
        output.WriteLine(Row("class", "quantity", "USD per", "amount in nano-dollars", ""));
        foreach (var line in explanation.Lines)
        {
            var rate = $"{Plain(line.Rate)} / {(line.RateUnit == CostLine.TokenRateUnit ? "1M" : "1K")}";
            var parent = line.BilledAs == line.Class ? "" : $"  billed as {line.BilledAs}";
            output.WriteLine(Row(line.Class, Text($"{line.Quantity:#,0}"), rate, Grouped(line.AmountNanos), parent));
        }

        var multiplier = explanation.GeoMultiplier * explanation.SpeedMultiplier;
        if (multiplier != 1)
        {
            var tokens = explanation.Lines.Where(l => l.RateUnit == CostLine.TokenRateUnit).Sum(l => l.AmountNanos);
            output.WriteLine(Row("tokens multiplied", "", "x " + Plain(multiplier), Grouped(tokens * multiplier), ""));
        }

        if (explanation.ExactNanos is { } exact)
        {
            output.WriteLine(Row("total", "", "", Grouped(exact), ""));
            if (explanation.Cost is { } cost && cost.TotalNanos != exact)
            {
                output.WriteLine(Row("rounded half-even", "", "", Text($"{cost.TotalNanos:#,0}"), ""));
            }
        }
    }

    private static string Row(string name, string quantity, string rate, string amount, string note) =>
        $"{name,-17} {quantity,15} {rate,18} {amount,30}{note}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Plain(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    private static string Grouped(decimal value) => value.ToString(Exact, CultureInfo.InvariantCulture);
}
