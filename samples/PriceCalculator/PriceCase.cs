using LlmObservability.Pricing;

namespace PriceCalculator;

/// <summary>One case of a file: what to price, and what must come out.</summary>
/// <param name="Id">The case's id; its place in the file when it has none.</param>
/// <param name="Query">The call.</param>
/// <param name="Expected">What must come out.</param>
/// <param name="NamesEntry">Whether the case says which entry must match.</param>
/// <param name="Unknown">Names of counts that were left out, since no price is known for such; told beside a mismatch.</param>
/// <param name="Problem">Why the case cannot be read; null when it can.</param>
internal sealed record PriceCase(string Id, PriceQuery Query, CaseResult Expected, bool NamesEntry, string? Unknown, string? Problem)
{
    public static PriceCase Unreadable(string id, string problem) => new(id, default, new CaseResult(null, null, null), false, null, problem);
}
