using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace LlmObservability.Chat;

/// <summary>Waits for steps of a stream that do not complete at once, one after the other, without allocating for each.</summary>
internal sealed class PendingStep : IValueTaskSource<bool>
{
    private readonly ObservedStream _stream;
    private readonly Action _ended;
    private ManualResetValueTaskSourceCore<bool> _source;
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _step;

    public PendingStep(ObservedStream stream)
    {
        _stream = stream;
        _ended = Ended;
    }

    public ValueTask<bool> WaitAsync(ValueTask<bool> step)
    {
        _source.Reset();
        _step = step.ConfigureAwait(false).GetAwaiter();
        var result = new ValueTask<bool>(this, _source.Version);
        if (_step.IsCompleted)
        {
            Ended();
        }
        else
        {
            _step.UnsafeOnCompleted(_ended);
        }

        return result;
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Ended()
    {
        bool more;
        Pipeline.CommitWaiter? commit;
        Exception? failure = null;
        try
        {
            more = _stream.Stepped(_step.GetResult(), waited: true, out commit);
        }
        catch (Exception error)
        {
            more = false;
            failure = error;
            commit = _stream.Failed(error);
        }

        if (commit is not null)
        {
            _ = CommitThenSettleAsync(commit, failure);
        }
        else
        {
            Settle(more, failure);
        }
    }

    private async Task CommitThenSettleAsync(Pipeline.CommitWaiter commit, Exception? failure)
    {
        await _stream.CommittedAsync(commit).ConfigureAwait(false);
        Settle(more: false, failure);
    }

    private void Settle(bool more, Exception? failure)
    {
        if (failure is null)
        {
            _source.SetResult(more);
        }
        else
        {
            _source.SetException(failure);
        }
    }
}
