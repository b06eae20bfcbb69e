using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// Steps the inner stream under one captured execution context. An async iterator's own changes to async-local state are
/// gone after each yield; running every step under the same context brings them back without allocating.
/// </summary>
internal sealed class StreamSteps(
    IChatClient inner, IEnumerable<ChatMessage> messages, ChatOptions? options, OpenStream stream, LlmScope? scope,
    CancellationToken cancellationToken)
{
    private ExecutionContext? _context;
    private IAsyncEnumerator<ChatResponseUpdate>? _enumerator;
    private ValueTask<bool> _moved;
    private ValueTask _disposed;

    public ChatResponseUpdate Current => _enumerator!.Current;

    public ValueTask<bool> MoveNextAsync()
    {
        if (_enumerator is null)
        {
            Begin();
        }

        if (_context is null)
        {
            return _enumerator!.MoveNextAsync();
        }

        ExecutionContext.Run(_context, static state => Move((StreamSteps)state!), this);
        return _moved;
    }

    public ValueTask DisposeAsync()
    {
        if (_enumerator is null)
        {
            return default;
        }

        if (_context is null)
        {
            return _enumerator.DisposeAsync();
        }

        ExecutionContext.Run(_context, static state => Dispose((StreamSteps)state!), this);
        return _disposed;
    }

    private static void Move(StreamSteps steps) => steps._moved = steps._enumerator!.MoveNextAsync();

    private static void Dispose(StreamSteps steps) => steps._disposed = steps._enumerator!.DisposeAsync();

    private void Begin()
    {
        // Null where the application suppressed the flow of its context; then there is nothing to restore.
        var context = ExecutionContext.Capture();
        if (context is null)
        {
            Open();
        }
        else
        {
            ExecutionContext.Run(context, static state => ((StreamSteps)state!).OpenInside(), this);
        }
    }

    private void OpenInside()
    {
        LlmScope.Current = scope;
        stream.Enter();
        _context = ExecutionContext.Capture();
        Open();
    }

    private void Open()
    {
        _enumerator = inner.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
    }
}
