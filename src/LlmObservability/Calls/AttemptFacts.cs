using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LlmObservability.Calls;

/// <summary>What few attempts have.</summary>
internal static class AttemptFacts
{
    /// <summary>What there is of it; null for nothing.</summary>
    /// <param name="node">The attempt that ends.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="error">What it failed with.</param>
    /// <param name="bill">What it used and cost.</param>
    /// <param name="span">Its span; null where it had none.</param>
    public static RareFacts? Of(OpenNode node, LlmOutcome outcome, Exception? error, in Bill bill, Activity? span) =>
        outcome == LlmOutcome.Failed || bill.Large is not null || span is not null || node.Notes is { Http: not null }
            ? Make(node, outcome, error, bill.Large, span)
            : null;

    // Not inlined, like all that few calls come to: what a method could need is cleared each time that it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RareFacts? Make(OpenNode node, LlmOutcome outcome, Exception? error, LargeUsage? large, Activity? span)
    {
        return RareFacts.Keep(new RareFacts
        {
            Usage = large,
            // Somebody may have led the flow into another trace: by the record it would be the call's, in which there is no such span.
            Span = span is not null && node.Root.IsInTraceOf(span) ? SpanIds.OfAttempt(span) : null,
            Http = node.Notes?.Http?.ToDetail(),
            HttpStatus = Failures.HttpStatus(outcome, error, node.Notes?.Http),
            ErrorType = outcome == LlmOutcome.Failed ? Failures.TypeName(error) : null,
        });
    }
}
