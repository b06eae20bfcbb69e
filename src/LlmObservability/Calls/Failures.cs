using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;

namespace LlmObservability.Calls;

/// <summary>What may be told of an exception: its type and an HTTP status. Its message may hold a prompt and is never read.</summary>
internal static class Failures
{
    private const int MaxDepth = 8;

    public static bool IsCancellation(Exception error, CancellationToken cancellationToken)
    {
        // A provider's own time-out is an OperationCanceledException too, but nobody asked for it.
        return cancellationToken.IsCancellationRequested
            && (error is OperationCanceledException || error.InnerException is OperationCanceledException);
    }

    public static string? TypeName(Exception? error) => error?.GetType().FullName;

    /// <summary>The status of a failure: as the exception tells it, else as the HTTP handler saw it.</summary>
    public static int? HttpStatus(LlmOutcome outcome, Exception? error, HttpNotes? seen) =>
        outcome == LlmOutcome.Failed ? HttpStatus(error) ?? seen?.FailureStatus : null;

    public static int? HttpStatus(Exception? error)
    {
        for (var depth = 0; error is not null && depth < MaxDepth; depth++, error = error.InnerException)
        {
            if (error is HttpRequestException { StatusCode: { } status })
            {
                return (int)status;
            }

            if ((StatusOf(error, "Status") ?? StatusOf(error, "StatusCode")) is >= 100 and <= 599 and var told)
            {
                return told;
            }
        }

        return null;
    }

    /// <summary>The status as the providers' own exceptions tell it (OpenAI's <c>Status</c>, Anthropic's <c>StatusCode</c>), without referencing their packages.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Best effort: where the property was trimmed away, the status stays unknown.")]
    private static int? StatusOf(Exception error, string property)
    {
        try
        {
            return error.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)?.GetValue(error) switch
            {
                int number => number,
                HttpStatusCode code => (int)code,
                _ => null,
            };
        }
        catch (Exception)
        {
            return null;
        }
    }
}
