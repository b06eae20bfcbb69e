using System.Globalization;
using LlmObservability;
using LlmObservability.Pricing;

namespace PriceCalculator;

/// <summary>Prices cases and tells the mismatches.</summary>
internal static class CaseReport
{
    /// <summary>One line for each mismatch, then the sums; the exit code.</summary>
    public static int Write(TextWriter output, CallPricer pricer, IReadOnlyList<PriceCase> cases)
    {
        var failed = 0;
        foreach (var item in cases)
        {
            if (Mismatch(pricer, item) is { } mismatch)
            {
                failed++;
                output.WriteLine($"{item.Id}: {mismatch}".ReplaceLineEndings(" "));
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases.Count - failed} matched, {failed} failed"));
        return failed == 0 ? ExitCodes.Good : ExitCodes.Failed;
    }

    private static string? Mismatch(CallPricer pricer, PriceCase item)
    {
        if (item.Problem is not null)
        {
            return $"expected a case that can be read, got {item.Problem}";
        }

        var priced = pricer.Price(item.Query);
        var got = new CaseResult(
            priced.Cost?.TotalNanos, priced.Reason == LlmCostReason.Priced ? null : priced.Reason.ToName(), priced.PriceEntry);
        var expected = item.Expected;
        var matches = expected.Nanos == got.Nanos
            && (expected.Reason is null || expected.Reason == got.Reason)
            && (!item.NamesEntry || expected.Entry == got.Entry);
        if (matches)
        {
            return null;
        }

        // The entries are told only when the case names one and they differ.
        var withEntry = item.NamesEntry && expected.Entry != got.Entry;
        var unknown = item.Unknown is null ? "" : $" (without {item.Unknown}: no such count is known)";
        return $"expected {expected.ToText(withEntry)}, got {got.ToText(withEntry)}{unknown}";
    }
}
