using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// A streamed call under way: reads each update as it passes, keeps the provider's time apart from the consumer's, and
/// stands in the list of open streams so that one that is never disposed still ends.
/// </summary>
internal sealed class OpenStream(
    LlmObserver observer, ClientIdentity client, ChatOptions? options, LlmScope? scope, Tags.ResolvedTags tags, bool tagged)
    : OpenCall(observer, client, options, scope, tags, tagged)
{
    private CallFacts _facts;
    private ChatResponseUpdate? _lastUpdate;
    private TimeSpan _providerTime;
    private TimeSpan? _firstToken;
    private TimeSpan? _frozen;
    private long _turnStarted = observer.Time.GetTimestamp();
    private int _consumerTurn;

    /// <summary>Neighbours in <see cref="OpenStreams"/>, guarded by its lock.</summary>
    public OpenStream? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public OpenStream? Next { get; set; }

    protected override bool Streaming => true;

    /// <summary>The consumer asked for the next update.</summary>
    public void ProviderTurn()
    {
        try
        {
            Volatile.Write(ref _turnStarted, Observer.Time.GetTimestamp());
            Volatile.Write(ref _consumerTurn, 0);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>An update came, or the stream's end or failure.</summary>
    public void ConsumerTurn()
    {
        try
        {
            var now = Observer.Time.GetTimestamp();
            _providerTime += Observer.Time.GetElapsedTime(_turnStarted, now);
            Volatile.Write(ref _turnStarted, now);
            Volatile.Write(ref _consumerTurn, 1);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>The consumer is done: what follows, the inner stream's disposal, is not the call's time.</summary>
    public void Freeze()
    {
        try
        {
            _frozen = base.SinceStart();
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>Whether the consumer has neither asked nor disposed for that long.</summary>
    public bool IsForgotten(TimeSpan timeout) =>
        IsOpen && Volatile.Read(ref _consumerTurn) == 1 && Observer.Time.GetElapsedTime(Volatile.Read(ref _turnStarted)) >= timeout;

    public void Observe(ChatResponseUpdate? update)
    {
        try
        {
            if (update is not null)
            {
                Read(update);
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    public void Complete()
    {
        Finish(LlmOutcome.Completed);
    }

    /// <summary>Ends the call if nothing else has; returns whether this did.</summary>
    public bool Leave(CancellationToken cancellationToken) =>
        Finish(cancellationToken.IsCancellationRequested ? LlmOutcome.Cancelled : LlmOutcome.Abandoned);

    protected override CallFacts PartialFacts() => _facts;

    protected override TimeSpan ProviderTime(TimeSpan duration) => _providerTime < duration ? _providerTime : duration;

    protected override TimeSpan? TimeToFirstToken() => _firstToken;

    protected override TimeSpan SinceStart() => _frozen ?? base.SinceStart();

    private bool Finish(LlmOutcome outcome)
    {
        if (!IsOpen)
        {
            return false;
        }

        try
        {
            var call = End(outcome, null, _facts);
            if (call is not null && _lastUpdate is not null)
            {
                LlmCallLookup.Attach(_lastUpdate, call);
            }

            _lastUpdate = null;
            return call is not null;
        }
        catch (Exception error)
        {
            Observer.CallLost(error);
            return false;
        }
    }

    private void Read(ChatResponseUpdate update)
    {
        _lastUpdate = update;
        _facts.Model = update.ModelId ?? _facts.Model;
        _facts.ResponseId = update.ResponseId ?? _facts.ResponseId;
        _facts.FinishReason = update.FinishReason?.Value ?? _facts.FinishReason;
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
        {
            switch (contents[i])
            {
                case UsageContent usage:
                    // Summed as ChatResponseExtensions.ToChatResponse does, into an object of our own.
                    (_facts.Usage ??= new UsageDetails()).Add(usage.Details);
                    break;
                case TextContent { Text.Length: 0 } or TextReasoningContent { Text.Length: 0 }:
                    break;
                case var content:
                    // The provider's time up to here: a consumer that is slow over an empty first update is not its latency.
                    _firstToken ??= _providerTime;
                    _facts.ToolCalls += content is FunctionCallContent ? 1 : 0;
                    break;
            }
        }
    }
}
