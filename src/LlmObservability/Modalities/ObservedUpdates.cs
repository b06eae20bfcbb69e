using System.Runtime.CompilerServices;
using LlmObservability.Calls;
using LlmObservability.Chat;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Modalities;

/// <summary>
/// A streamed call of a client that is no chat client. What an update tells is read as if it were a chat client's, so that
/// streams of all kinds are timed and recorded alike.
/// </summary>
internal sealed class ObservedUpdates<TUpdate> : OpenStream
    where TUpdate : class
{
    private readonly Func<TUpdate, ChatResponseUpdate> _read;
    private ExecutionContext? _context;
    private TUpdate? _latest;

    private ObservedUpdates(
        CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags, Func<TUpdate, ChatResponseUpdate> read)
        : base(target, around, scope, tags)
    {
        _read = read;
    }

    /// <summary>The observed stream; each enumeration is a call of its own. The inner one as it is, where nothing is observed.</summary>
    /// <param name="client">Whose stream it is.</param>
    /// <param name="model">The model that the options name.</param>
    /// <param name="tags">The call's own tags.</param>
    /// <param name="open">Asks the inner client.</param>
    /// <param name="read">What an update tells.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public static IAsyncEnumerable<TUpdate> Of(
        ObservedClient client, string? model, CallTags tags, Func<CancellationToken, IAsyncEnumerable<TUpdate>> open,
        Func<TUpdate, ChatResponseUpdate> read, CancellationToken cancellationToken)
    {
        if (!client.Observer.Enabled)
        {
            return open(cancellationToken);
        }

        try
        {
            var flow = LlmFlow.Current;
            var scope = flow?.Scope;
            var target = client.Identity.Target(model);
            var around = OpenNode.Around(flow, client.Identity, scope, tags.Any);
            var resolved = client.Observer.Resolve(scope, tags);
            return EnumerateAsync(() => new ObservedUpdates<TUpdate>(target, around, scope, resolved, read), open, cancellationToken);
        }
        catch (Exception error)
        {
            client.Observer.CallLost(error);
            return open(cancellationToken);
        }
    }

    protected override LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts, out Pipeline.CommitWaiter? commit)
    {
        var call = base.End(outcome, error, facts, out commit);
        if (call is not null && error is null && _latest is not null)
        {
            LlmCallLookup.Attach(_latest, call);
        }

        _latest = null;
        return call;
    }

    private static async IAsyncEnumerable<TUpdate> EnumerateAsync(
        Func<ObservedUpdates<TUpdate>> begin, Func<CancellationToken, IAsyncEnumerable<TUpdate>> open,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var call = begin();
        call.Start();
        IAsyncEnumerator<TUpdate>? updates = null;
        try
        {
            while (true)
            {
                TUpdate? update;
                bool waited;
                try
                {
                    call.EnterAgain();
                    updates ??= open(cancellationToken).GetAsyncEnumerator(cancellationToken);
                    var step = updates.MoveNextAsync();
                    waited = !step.IsCompleted;
                    update = await step.ConfigureAwait(false) ? updates.Current : null;
                }
                catch (Exception error)
                {
                    await call.FailedAsync(error, cancellationToken).ConfigureAwait(false);
                    throw;
                }

                call.Stepped(update, waited);
                if (update is null)
                {
                    await call.CompletedAsync(cancellationToken).ConfigureAwait(false);
                    yield break;
                }

                yield return update;
                call.ProviderTurn();
            }
        }
        finally
        {
            try
            {
                if (updates is not null)
                {
                    // The inner stream first: wrapped clients further in must end as this call's attempts while it is open.
                    call.Pause();
                    call.EnterAgain();
                    await updates.DisposeAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                await call.LeaveAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Start()
    {
        try
        {
            Begin(null, LlmFlow.Current);
            FirstTurn();
            Observer.Streams.Add(this);
        }
        catch (Exception error)
        {
            Lose(error);
        }

        TryEnter(null);
        _context = ExecutionContext.Capture();
    }

    /// <summary>
    /// Each step begins in the consumer's context; what the first one made ambient is put back. An iterator's step leaves its
    /// consumer's context as it was.
    /// </summary>
    private void EnterAgain()
    {
        if (_context is not null)
        {
            ExecutionContext.Restore(_context);
        }
    }

    private void Stepped(TUpdate? update, bool waited)
    {
        ChatResponseUpdate? told = null;
        try
        {
            told = update is null ? null : _read(update);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }

        _latest = update ?? _latest;
        ConsumerTurn(told, waited);
    }

    private void Pause()
    {
        if (IsOpen)
        {
            Freeze();
        }
    }

    private ValueTask CompletedAsync(CancellationToken cancellationToken)
    {
        Finish(LlmOutcome.Completed, out var commit);
        return EndedAsync(commit, cancellationToken);
    }

    private ValueTask FailedAsync(Exception error, CancellationToken cancellationToken)
    {
        ConsumerTurn(null, waited: true);
        return EndedAsync(Fail(error, cancellationToken), cancellationToken);
    }

    private ValueTask LeaveAsync(CancellationToken cancellationToken)
    {
        Leave(cancellationToken, out var commit);
        return EndedAsync(commit, cancellationToken);
    }

    private ValueTask EndedAsync(Pipeline.CommitWaiter? commit, CancellationToken cancellationToken)
    {
        Observer.Streams.Remove(this);
        return Observer.CommittedAsync(commit, cancellationToken);
    }
}
