using System.Diagnostics;
using LlmObservability.Telemetry;

namespace LlmObservability.Calls;

/// <summary>
/// The span of a wrapped client inside another one, from its start to its end. Listeners are the application's code: what they
/// throw harms neither the attempt nor its record.
/// </summary>
internal static class TracedAttempt
{
    /// <summary>Whether calls of a client inside another one have spans: not where it is known that the spans are further in.</summary>
    public static bool IsOf(ClientIdentity client) =>
        client is { WrappedInside: false, AllWrappedInside: false, SourceInside: null } && client.Observer.Telemetry.Tracing;

    /// <summary>Starts a span for the flow that follows, if somebody wants one.</summary>
    public static void Start(CallNotes notes, OpenCall root, CallTarget target, DateTimeOffset startedAt)
    {
        var source = root.Observer.Telemetry.Source;
        var around = Activity.Current;
        try
        {
            notes.Span = AttemptSpan.Start(source, target.Telemetry, startedAt);
        }
        catch (Exception)
        {
            // It is ended with the attempt.
            notes.Span = SpanFlow.LeftBehind(around, source);
            throw;
        }

        if (notes.Span is { IsAllDataRequested: true })
        {
            // So that the span can name its call.
            root.TakeId();
        }
    }

    /// <summary>Fills and ends a span.</summary>
    /// <param name="span">The span.</param>
    /// <param name="node">What ended.</param>
    /// <param name="outcome">How it ended; null where that was lost.</param>
    /// <param name="error">What it failed with.</param>
    /// <param name="attempt">The attempt that it became; null if it became none.</param>
    /// <param name="alone">The call of its own that it became instead, since the logical call had ended before.</param>
    public static void End(Activity span, OpenNode node, LlmOutcome? outcome, Exception? error, LlmAttempt? attempt, LlmCall? alone)
    {
        var current = Activity.Current;
        try
        {
            if (outcome is { } known)
            {
                Fill(span, node, known, error, attempt, alone);
            }
        }
        catch (Exception failure)
        {
            node.Observer.RecorderFailed(failure);
        }

        try
        {
            span.Stop();
        }
        catch (Exception failure)
        {
            node.Observer.RecorderFailed(failure);
        }
        finally
        {
            SpanFlow.PutBack(current, span);
        }
    }

    private static void Fill(Activity span, OpenNode node, LlmOutcome outcome, Exception? error, LlmAttempt? attempt, LlmCall? alone)
    {
        span.SetEndTime((attempt is null ? node.EndsAt() : attempt.StartedAt + attempt.Duration).UtcDateTime);
        if (!span.IsAllDataRequested)
        {
            return;
        }

        if (attempt is not null)
        {
            AttemptSpan.AddAttempt(span, attempt);
        }

        AttemptSpan.AddEnd(
            span,
            alone?.Id ?? node.Root.Notes?.CallId,
            alone is null ? attempt?.Ordinal : null,
            outcome,
            outcome == LlmOutcome.Failed ? Failures.TypeName(error) : null);
    }
}
