namespace LlmObservability.Chat;

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

    public static int? HttpStatus(Exception? error)
    {
        for (var depth = 0; error is not null && depth < MaxDepth; depth++, error = error.InnerException)
        {
            if (error is HttpRequestException { StatusCode: { } status })
            {
                return (int)status;
            }
        }

        return null;
    }
}
