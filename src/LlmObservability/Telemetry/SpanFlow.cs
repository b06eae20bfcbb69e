using System.Diagnostics;

namespace LlmObservability.Telemetry;

/// <summary>What spans do to the flow in which they begin, are measured and end.</summary>
internal static class SpanFlow
{
    /// <summary>
    /// The flow inside a span that was just started, for <see cref="Enter"/>. Null where there is none, where the flow is
    /// suppressed, and where the span is not recorded: then the one around it is the better link.
    /// </summary>
    public static ExecutionContext? Inside(Activity? span) => span is { Recorded: true } ? ExecutionContext.Capture() : null;

    /// <summary>
    /// Goes back inside a span for what is measured of it, so that exemplars name it. Without setting the current activity,
    /// which would make a new flow and text of the span's ids each time.
    /// </summary>
    /// <returns>The flow to go back to by <see cref="Leave"/>; null where nothing was changed.</returns>
    public static ExecutionContext? Enter(ExecutionContext? inside)
    {
        if (inside is null || ExecutionContext.Capture() is not { } flow)
        {
            return null;
        }

        ExecutionContext.Restore(inside);
        return flow;
    }

    /// <summary>Puts back what <see cref="Enter"/> left.</summary>
    public static void Leave(ExecutionContext? flow)
    {
        if (flow is not null)
        {
            ExecutionContext.Restore(flow);
        }
    }

    /// <summary>Ending a span makes the one before it current, also in a flow that has gone elsewhere since: puts that back.</summary>
    /// <param name="current">What was current before the end.</param>
    /// <param name="ended">The span.</param>
    public static void PutBack(Activity? current, Activity ended)
    {
        if (!ReferenceEquals(Activity.Current, current) && !ReferenceEquals(current, ended))
        {
            Activity.Current = current;
        }
    }

    /// <summary>The span that a listener left behind which threw as it started; null if it did not come to that.</summary>
    /// <param name="before">What was current before.</param>
    /// <param name="source">Whose span it is.</param>
    public static Activity? LeftBehind(Activity? before, ActivitySource source) =>
        Activity.Current is { } started && !ReferenceEquals(started, before) && ReferenceEquals(started.Source, source) ? started : null;
}
