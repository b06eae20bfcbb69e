using System.Diagnostics;
using LlmObservability.Telemetry;

namespace LlmObservability.Calls;

/// <summary>
/// The end of a logical call in the span that speaks for it. Listeners are the application's code: whatever they throw ends here.
/// </summary>
internal static class TracedCall
{
    /// <summary>Fills and ends the call's own span, or adds to another instrumentation's.</summary>
    /// <param name="span">The span.</param>
    /// <param name="role">What it is to the call.</param>
    /// <param name="open">The call.</param>
    /// <param name="call">Its record; null where that was lost.</param>
    public static void End(Activity span, SpanRole role, OpenCall open, LlmCall? call)
    {
        var current = Activity.Current;
        var telemetry = open.Observer.Telemetry;
        try
        {
            if (role == SpanRole.Foreign)
            {
                if (call is not null)
                {
                    telemetry.Enrich(span, call, open.ResolvedTags.SpanAttributes);
                }
            }
            else if (call is not null)
            {
                telemetry.EndSpan(span, call);
            }
            else
            {
                span.Stop();
            }
        }
        catch (Exception error)
        {
            open.Observer.RecorderFailed(error);
        }
        finally
        {
            SpanFlow.PutBack(current, span);
        }
    }
}
