using System.Diagnostics;
using System.Runtime.ExceptionServices;
using LlmObservability.Calls;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// A streamed call as its consumer enumerates it: the enumerable, its first enumerator and the call under way in one
/// object, and no allocation for an update. Each step of the inner stream runs under one captured execution context: what
/// the first step made ambient (the call, its span) is there in the next, and never leaks to the consumer.
/// </summary>
internal sealed class ObservedStream(
    CallTarget target,
    OpenNode? around,
    LlmScope? scope,
    ResolvedTags tags,
    IChatClient inner,
    IEnumerable<ChatMessage> messages,
    ChatOptions? options,
    CancellationToken cancellation)
    : OpenStream(target, around, scope, tags), IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>
{
    private CancellationToken _cancellation;
    private CancellationTokenSource? _linked;
    private IAsyncEnumerator<ChatResponseUpdate>? _updates;
    private ExecutionContext? _context;
    private ValueTask<bool> _step;
    private ValueTask _disposing;
    private PendingStep? _pending;
    private int _taken;
    private int _messagesAtHand;
    private bool _started;

    // Before the first step there is none, and no consumer asks; as an iterator's, it is null then.
    public ChatResponseUpdate Current => _updates is null ? null! : _updates.Current;

    public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        // Each enumeration is a call of its own.
        var stream = Interlocked.Exchange(ref _taken, 1) == 0
            ? this
            : new ObservedStream(Target, Outer, Scope, ResolvedTags, inner, messages, options, cancellation) { _taken = 1 };
        stream.Link(cancellationToken);
        return stream;
    }

    public ValueTask<bool> MoveNextAsync()
    {
        try
        {
            if (_updates is not null)
            {
                ProviderTurn();
            }
            else if (!Start())
            {
                return new(false);
            }

            InContext(static state => ((ObservedStream)state!).Move());
            if (_step.IsCompletedSuccessfully)
            {
                var more = Stepped(_step.Result, waited: false, out var commit);
                return commit is null ? new(more) : CommitThenEndAsync(commit);
            }
        }
        catch (Exception error)
        {
            if (Failed(error) is { } commit)
            {
                return CommitThenThrowAsync(commit, error);
            }

            throw;
        }

        return (_pending ??= new PendingStep(this)).WaitAsync(_step);
    }

    public ValueTask DisposeAsync()
    {
        if (_updates is null)
        {
            // Never enumerated is no call; one that could not be opened has ended.
            _linked?.Dispose();
            return default;
        }

        try
        {
            if (IsOpen)
            {
                Freeze();
            }

            // The inner stream first: wrapped clients further in must end as this call's attempts while it is open.
            InContext(static state => ((ObservedStream)state!).DisposeInner());
        }
        catch (Exception error)
        {
            return LeaveAfterAsync(ValueTask.FromException(error));
        }

        if (!_disposing.IsCompletedSuccessfully)
        {
            return LeaveAfterAsync(_disposing);
        }

        // A source that is used again must be asked for its result.
        _disposing.GetAwaiter().GetResult();
        return Left();
    }

    protected override long? InputSeen()
    {
        try
        {
            return UsageEstimate.Input(messages, _messagesAtHand, options?.Instructions);
        }
        catch (Exception error)
        {
            // The application may change its messages at the same time.
            Observer.RecorderFailed(error);
            return 1;
        }
    }

    /// <summary>Waits for a commit, within its bound.</summary>
    internal ValueTask CommittedAsync(Pipeline.CommitWaiter commit) => Observer.CommittedAsync(commit, _cancellation);

    /// <summary>What follows a step that came to an end; returns whether there is an update.</summary>
    internal bool Stepped(bool more, bool waited, out Pipeline.CommitWaiter? commit)
    {
        commit = null;
        if (more)
        {
            ConsumerTurn(Current, waited);
            return true;
        }

        ConsumerTurn(null, waited);
        Finish(LlmOutcome.Completed, out commit);
        Observer.Streams.Remove(this);
        return false;
    }

    /// <summary>What follows a step that failed.</summary>
    internal Pipeline.CommitWaiter? Failed(Exception error)
    {
        ConsumerTurn(null, waited: true);
        var commit = Fail(error, _cancellation);
        Observer.Streams.Remove(this);
        return commit;
    }

    private ValueTask Left()
    {
        Leave(_cancellation, out var commit);
        Observer.Streams.Remove(this);
        _linked?.Dispose();
        return commit is null ? default : CommittedAsync(commit);
    }

    private async ValueTask LeaveAfterAsync(ValueTask disposing)
    {
        try
        {
            await disposing.ConfigureAwait(false);
        }
        finally
        {
            await Left().ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> CommitThenEndAsync(Pipeline.CommitWaiter commit)
    {
        await CommittedAsync(commit).ConfigureAwait(false);
        return false;
    }

    private async ValueTask<bool> CommitThenThrowAsync(Pipeline.CommitWaiter commit, Exception error)
    {
        await CommittedAsync(commit).ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(error);
        return false;
    }

    /// <summary>Begins the call and opens the inner stream; false when that was tried before.</summary>
    private bool Start()
    {
        if (_started)
        {
            return false;
        }

        _started = true;
        TryBegin();
        CountMessages();
        if (ExecutionContext.Capture() is { } flow)
        {
            ExecutionContext.Run(flow, static state => ((ObservedStream)state!).Open(), this);
            return true;
        }

        // The application suppressed the flow of its context: steps run as they come, and this flow must stay as it is.
        var (outer, activity) = (LlmFlow.Current, Activity.Current);
        try
        {
            Open();
        }
        finally
        {
            _context = null;
            (LlmFlow.Current, Activity.Current) = (outer, activity);
        }

        return true;
    }

    private void TryBegin()
    {
        try
        {
            Begin(options, LlmFlow.Current);
            FirstTurn();
            Observer.Streams.Add(this);
        }
        catch (Exception error)
        {
            Lose(error);
        }
    }

    /// <summary>Now: applications add the answer to the same list.</summary>
    private void CountMessages()
    {
        try
        {
            _messagesAtHand = UsageEstimate.CountAtHand(messages);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    private void Open()
    {
        TryEnter(options);
        _context = ExecutionContext.Capture();
        _updates = inner.GetStreamingResponseAsync(messages, options, _cancellation).GetAsyncEnumerator(_cancellation);
    }

    private void InContext(ContextCallback step)
    {
        if (_context is null)
        {
            step(this);
        }
        else
        {
            ExecutionContext.Run(_context, step, this);
        }
    }

    private void Move() => _step = _updates!.MoveNextAsync();

    private void DisposeInner() => _disposing = _updates!.DisposeAsync();

    /// <summary>Both the method and the enumerator take a token; either ends the stream.</summary>
    private void Link(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || cancellationToken == cancellation)
        {
            _cancellation = cancellation;
        }
        else if (!cancellation.CanBeCanceled)
        {
            _cancellation = cancellationToken;
        }
        else
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, cancellationToken);
            _cancellation = _linked.Token;
        }
    }
}
