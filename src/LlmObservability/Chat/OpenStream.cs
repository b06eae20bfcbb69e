using LlmObservability.Calls;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// A streamed call under way: reads each update as it passes, keeps the provider's time apart from the consumer's, and
/// stands in the list of open streams so that one that is never disposed still ends.
/// </summary>
internal abstract class OpenStream(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags)
    : OpenCall(target, around, scope, tags)
{
    private CallFacts _facts;
    private StreamTimer _timer;
    private long _firstToken = -1;
    private long _frozen = -1;
    private SeenText _visible;
    private SeenText _reasoning;

    // Whether usage came after content, or with the reason for the end, and no content came since: it counts the whole stream.
    private bool _usageIsLast;

    private CallSeries? _series;

    /// <summary>Neighbours in <see cref="OpenStreams"/>, guarded by its lock.</summary>
    public OpenStream? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public OpenStream? Next { get; set; }

    protected override bool Streaming => true;

    protected override (int Count, TimeSpan? LongestStall) Chunks =>
        (_timer.Chunks, _timer.Chunks < 2 ? null : Observer.Clock.Span(_timer.LongestStall));

    /// <summary>The update handed out last; the record hangs on the last one of all.</summary>
    protected ChatResponseUpdate? Latest { get; private set; }

    /// <summary>Whether the consumer has neither asked nor disposed for that long.</summary>
    public bool IsForgotten(TimeSpan timeout) =>
        IsOpen && _timer.IsConsumerTurn && Observer.Clock.Span(Observer.Clock.Timestamp() - _timer.Mark) >= timeout;

    /// <summary>Ends the call if nothing else has; returns whether this did.</summary>
    public bool Leave(CancellationToken cancellationToken, out Pipeline.CommitWaiter? commit) =>
        Finish(cancellationToken.IsCancellationRequested ? LlmOutcome.Cancelled : LlmOutcome.Abandoned, out commit);

    /// <summary>The consumer asked for the first update: the call began with it.</summary>
    protected void FirstTurn() => _timer.ProviderTurn(StartTimestamp, Observer.Clock.Quick);

    /// <summary>The consumer asked for the next update.</summary>
    protected void ProviderTurn()
    {
        try
        {
            _timer.ProviderTurn(Observer.Clock.Timestamp(), Observer.Clock.Quick);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>An update came, or the stream's end or failure.</summary>
    /// <param name="update">The update, if one came.</param>
    /// <param name="waited">Whether it did not come at once.</param>
    protected void ConsumerTurn(ChatResponseUpdate? update, bool waited)
    {
        try
        {
            // The time to the first token is always exact.
            if (update is not null && !waited && _timer.IsQuick && _firstToken >= 0)
            {
                _timer.ConsumerTurn();
                Read(update);
                return;
            }

            _timer.ConsumerTurn(Observer.Clock.Timestamp(), Observer.Clock.Quick);
            if (update is not null && Read(update))
            {
                Chunk();
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>The consumer is done: what follows, the inner stream's disposal, is not the call's time.</summary>
    protected void Freeze()
    {
        try
        {
            _frozen = base.SinceStart().Ticks;
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>Ends the call; returns whether this did.</summary>
    protected bool Finish(LlmOutcome outcome, out Pipeline.CommitWaiter? commit)
    {
        commit = null;
        if (!IsOpen)
        {
            return false;
        }

        try
        {
            var latest = Latest;
            // A copy: where the sweep ends a stream, its consumer may go on reading.
            var facts = _facts;
            var call = End(outcome, null, facts, out commit);
            if (call is not null && latest is not null)
            {
                LlmCallLookup.Attach(latest, call);
            }

            return call is not null;
        }
        catch (Exception error)
        {
            Observer.CallLost(error);
            return false;
        }
        finally
        {
            Latest = null;
        }
    }

    protected override CallFacts PartialFacts() => _facts;

    protected override TimeSpan ProviderTime(TimeSpan duration)
    {
        var provider = Observer.Clock.Span(_timer.Provider);
        return provider < duration ? provider : duration;
    }

    protected override TimeSpan? TimeToFirstToken() => _firstToken < 0 ? null : Observer.Clock.Span(_firstToken);

    /// <summary>The least that the request's text comes to in tokens, from 1; null where usage cannot be told from text.</summary>
    protected virtual long? InputSeen() => null;

    protected override void Estimate(ref LlmTokens tokens, LlmOutcome outcome, ref bool incomplete)
    {
        var anyContent = _firstToken >= 0;
        var isWhole = tokens.Source == LlmUsageSource.Reported && !incomplete;
        // Where nothing came there is nothing to estimate from: such a request may have been refused.
        var stands = isWhole ? outcome == LlmOutcome.Completed || _usageIsLast : !anyContent;
        if (stands || !Observer.EstimatesUsage || InputSeen() is not { } input)
        {
            return;
        }

        incomplete = false;
        var reasoning = _reasoning.Tokens;
        // An image, or a text shorter than a token, is a token at least.
        var atLeast = anyContent && reasoning == 0 ? 1 : 0;
        tokens = UsageEstimate.Raise(tokens, input, Math.Max(atLeast, _visible.Tokens), reasoning);
    }

    protected override TimeSpan SinceStart() => _frozen < 0 ? base.SinceStart() : new TimeSpan(_frozen);

    /// <summary>Content came. What comes together is one chunk, in however many updates the adapter hands it out.</summary>
    private void Chunk()
    {
        if (_timer.Chunks == 0)
        {
            _timer.NextChunk();
        }
        else if (_timer.SinceChunk >= Observer.Clock.Quick)
        {
            var gap = _timer.NextChunk();
            if (RecordsConventions && Observer.Telemetry.RecordingChunks)
            {
                _series = Observer.Telemetry.RecordChunk(
                    Target.Telemetry, _series, CallBilling.ResponseModel(this, _facts), ResolvedTags.MetricTags, Observer.Clock.Span(gap), InsideSpan);
            }
        }
    }

    /// <summary>Reads what an update tells; returns whether it has content.</summary>
    private bool Read(ChatResponseUpdate update)
    {
        var (hasContent, hasUsage) = (false, false);
        var first = Latest is null;
        Latest = update;
        _facts.Model = update.ModelId ?? _facts.Model;
        _facts.ResponseId = update.ResponseId ?? _facts.ResponseId;
        _facts.FinishReason = update.FinishReason?.Value ?? _facts.FinishReason;
        if (update.AdditionalProperties is { } properties)
        {
            _facts.AddReported(properties);
        }

        var answer = Notes?.Answer;
        answer?.Enter(update.MessageId);
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
        {
            answer?.Add(contents[i]);
            switch (contents[i])
            {
                case TextContent { Text.Length: 0 } or TextReasoningContent { Text.Length: 0 }:
                    break;
                case TextContent text:
                    _visible.Add(text.Text);
                    hasContent = true;
                    break;
                case TextReasoningContent reasoning:
                    _reasoning.Add(reasoning.Text);
                    hasContent = true;
                    break;
                case UsageContent usage:
                    _facts.AddUsage(usage.Details);
                    hasUsage = true;
                    break;
                case FunctionCallContent call:
                    hasContent = true;
                    _facts.AddTool(call, Observer);
                    _visible.Add(call);
                    break;
                case var content:
                    _facts.AddTool(content, Observer);
                    hasContent = true;
                    break;
            }
        }

        if (hasContent)
        {
            // The provider's time up to here: a consumer that is slow over an empty first update is not its latency.
            _firstToken = _firstToken < 0 ? _timer.Provider : _firstToken;
            _usageIsLast = false;
        }

        if (hasUsage)
        {
            _usageIsLast = _firstToken >= 0 || _facts.FinishReason is not null;
        }

        if (update.RawRepresentation is { } raw)
        {
            // The terms stand in the first event of a stream, counts beside its usage.
            _facts.AddRaw(raw, known: first || hasUsage, Observer);
        }

        return hasContent;
    }
}
