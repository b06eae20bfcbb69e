using System.Diagnostics;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// A call under way. It ends exactly once, whoever says so first, and then becomes a record: a call of its own, or an
/// attempt of the wrapped call around it.
/// </summary>
internal class OpenCall(CallTarget target, LlmScope? scope, ResolvedTags tags) : ILlmFlow
{
    private OpenCall? _parent;
    private Activity? _activity;
    private AttemptNode? _attempts;
    private long _startTimestamp;
    private long _startedAt;
    private int _ordinal;
    private int _begunAttempts;
    private int _ended;
    private SpanRole _role;
    private bool _json;
    private bool _inProgress;
    private bool _standsBack;

    LlmScope? ILlmFlow.Scope => scope;

    ILlmFlow? ILlmFlow.Call => this;

    protected LlmObserver Observer => target.Client.Observer;

    protected CallTarget Target => target;

    protected ResolvedTags Tags => tags;

    protected long StartTimestamp => _startTimestamp;

    protected LlmScope? Scope => scope;

    protected bool IsOpen => Volatile.Read(ref _ended) == 0;

    protected virtual bool Streaming => false;

    /// <summary>Notes when the call begins and what it belongs to.</summary>
    /// <param name="options">The call's options, without tags.</param>
    /// <param name="tagged">Whether the call has tags of its own.</param>
    public void Begin(ChatOptions? options, bool tagged)
    {
        _startTimestamp = Observer.Clock.Timestamp();
        _startedAt = Observer.Clock.UtcTicksAt(_startTimestamp);
        _json = options?.ResponseFormat is ChatResponseFormatJson;
        var around = LlmFlow.Current?.Call as OpenCall;
        // A call with tags of its own, inside a tool for example, is a call of its own and not an attempt of the one around it.
        if (!tagged && around is { IsOpen: true } && ReferenceEquals(around.Observer, Observer)
            && ReferenceEquals(LlmScope.WithTags(around.Scope), LlmScope.WithTags(scope)))
        {
            _parent = around;
            _ordinal = Interlocked.Increment(ref around._begunAttempts);
            return;
        }

        // Another instrumentation further in, or another observer's wrapper around: one of them speaks for the call.
        _standsBack = target.Client.SourceInside is not null
            || (around is { IsOpen: true } && !ReferenceEquals(around.Observer, Observer));
        if (Observer.Telemetry.Counting)
        {
            _inProgress = true;
            target.Telemetry.Begin();
        }
    }

    /// <summary>Makes this the call that wrapped clients further in belong to, and its span the current one, for the flow that follows.</summary>
    private void Enter(ChatOptions? options)
    {
        LlmFlow.Current = this;
        _activity = Activity.Current;
        if (_parent is not null || _standsBack)
        {
            return;
        }

        if (_activity is not null && ForeignTelemetry.CallSpanAround(_activity) is { } foreign)
        {
            _activity = foreign;
            _role = SpanRole.Foreign;
            target.Client.ForeignAround = true;
        }
        else if (Observer.Telemetry.Tracing)
        {
            StartSpan(options);
        }
    }

    private void StartSpan(ChatOptions? options)
    {
        Activity? span;
        try
        {
            span = Observer.Telemetry.StartSpan(target.Telemetry, tags.SpanAttributesFor(target.Telemetry, Streaming), StartedAt);
        }
        catch (Exception)
        {
            // A listener that throws leaves a span behind that was started: it is ended with the call.
            if (Activity.Current is { } started && !ReferenceEquals(started, _activity) && ReferenceEquals(started.Source, Observer.Telemetry.Source))
            {
                (_activity, _role) = (started, SpanRole.Own);
            }

            throw;
        }

        if (span is not null)
        {
            (_activity, _role) = (span, SpanRole.Own);
            if (span.IsAllDataRequested)
            {
                CallSpan.AddRequest(span, options, tags.Tags.Conversation);
            }
        }
    }

    /// <summary><see cref="Enter"/>, whose listeners are the application's code: a span that fails leaves the record.</summary>
    public void TryEnter(ChatOptions? options)
    {
        if (!IsOpen)
        {
            return;
        }

        try
        {
            Enter(options);
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
    }

    /// <summary>Gives the call up because the recorder failed at its start: it ends without a record.</summary>
    public void Lose(Exception error)
    {
        Volatile.Write(ref _ended, 1);
        Observer.CallLost(error);
    }

    /// <summary>Ends the call with its response; returns what to wait for when calls wait for their commit.</summary>
    public Pipeline.CommitWaiter? Complete(ChatResponse? response)
    {
        try
        {
            var call = End(LlmOutcome.Completed, null, CallFacts.Of(response, Observer), out var commit);
            if (call is not null && response is not null)
            {
                LlmCallLookup.Attach(response, call);
            }

            return commit;
        }
        catch (Exception error)
        {
            // What cannot be read is no record; the span and the count of calls in progress end all the same.
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                Tell(null);
            }

            Observer.CallLost(error);
            return null;
        }
    }

    /// <inheritdoc cref="Complete"/>
    public Pipeline.CommitWaiter? Fail(Exception error, CancellationToken cancellationToken)
    {
        try
        {
            End(
                Failures.IsCancellation(error, cancellationToken) ? LlmOutcome.Cancelled : LlmOutcome.Failed,
                error, PartialFacts(), out var commit);
            return commit;
        }
        catch (Exception own)
        {
            Observer.CallLost(own);
            return null;
        }
    }

    protected virtual CallFacts PartialFacts() => default;

    /// <summary>Time spent waiting for the inner client, out of <paramref name="duration"/>.</summary>
    protected virtual TimeSpan ProviderTime(TimeSpan duration) => duration;

    protected virtual TimeSpan? TimeToFirstToken() => null;

    protected virtual TimeSpan SinceStart() => Observer.Clock.Span(Observer.Clock.Timestamp() - _startTimestamp);

    /// <summary>Whether metrics of the conventions are this library's to record: no other instrumentation does.</summary>
    protected bool RecordsConventions => _parent is null && !_standsBack && !target.Client.ForeignAround;

    /// <summary>Ends the call; null when it had ended before or became an attempt.</summary>
    protected LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts, out Pipeline.CommitWaiter? commit)
    {
        commit = null;
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return null;
        }

        LlmCall? ended = null;
        try
        {
            var call = ToCall(outcome, error, facts);
            if (_parent is not null && _parent.TryAdd(CallAttempts.ToAttempt(call, _ordinal)))
            {
                return null;
            }

            // An attempt that outlives its call stands for itself.
            _parent = null;
            var attempts = CloseAttempts();
            if (attempts.Length > 0)
            {
                call = CallAttempts.Fold(call, attempts, Volatile.Read(ref _begunAttempts));
            }

            ended = call;
            commit = Observer.Record(call, attempts);
            LlmScope.Ended(scope, call);
            return call;
        }
        finally
        {
            Tell(ended);
        }
    }

    private DateTimeOffset StartedAt => new(_startedAt, TimeSpan.Zero);

    /// <summary>Spans and metrics. Listeners are the application's code: whatever they throw ends here.</summary>
    private void Tell(LlmCall? call)
    {
        try
        {
            if (_inProgress)
            {
                target.Telemetry.End();
            }

            if (call is not null)
            {
                Observer.Telemetry.Record(target.Telemetry, call, tags.MetricTags, RecordsConventions);
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }

        if (_role != SpanRole.Surrounding)
        {
            TellSpan(call);
        }
    }

    private void TellSpan(LlmCall? call)
    {
        var current = Activity.Current;
        try
        {
            if (_role == SpanRole.Foreign)
            {
                if (call is not null)
                {
                    Observer.Telemetry.Enrich(_activity!, call, tags.SpanAttributes);
                }
            }
            else if (call is not null)
            {
                Observer.Telemetry.EndSpan(_activity!, call);
            }
            else
            {
                _activity!.Stop();
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }
        finally
        {
            // Ending a span makes the one before it current, also in a flow that has gone elsewhere since.
            if (!ReferenceEquals(Activity.Current, current) && !ReferenceEquals(current, _activity))
            {
                Activity.Current = current;
            }
        }
    }

    private LlmCall ToCall(LlmOutcome outcome, Exception? error, in CallFacts facts)
    {
        var client = target.Client;
        var duration = SinceStart();
        var responseModel = BoundedText.Clean(facts.Model);
        var tokens = facts.Tokens(client.Provider, out var invalid, out var incomplete);
        var startedAt = StartedAt;
        var geo = facts.Geo ?? client.Geo;
        var priced = invalid || incomplete
            ? new Pricing.PricedCost(null, invalid ? LlmCostReason.InvalidUsage : LlmCostReason.IncompleteUsage, null, null)
            : Observer.Price(target, responseModel, new Pricing.PriceQuery
            {
                At = startedAt,
                Tokens = tokens,
                ServiceTier = facts.ServiceTier,
                Geo = geo,
                Speed = facts.Speed,
                WebSearches = facts.WebSearches,
            });
        if (facts.ReportedNanos is { } reported)
        {
            // The bill is the provider's; the catalog only says how it is made up.
            priced = Pricing.CostParts.Reported(reported, priced.Cost);
        }
        else if (priced.Reason == LlmCostReason.UnknownModel)
        {
            Observer.ModelWithoutPrice(target, responseModel);
        }

        var traced = _activity is { IdFormat: ActivityIdFormat.W3C };
        return new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            TraceId = traced ? _activity!.TraceId.ToHexString() : null,
            SpanId = traced ? _activity!.SpanId.ToHexString() : null,
            Tags = tags.Tags,
            OutputType = _json ? LlmVocabulary.Json : LlmVocabulary.Text,
            Provider = client.Provider,
            RequestModel = target.RequestModel,
            ResponseModel = responseModel,
            ResponseId = BoundedText.Clean(facts.ResponseId),
            ServerAddress = client.ServerAddress,
            ServerPort = client.ServerPort,
            ServiceTier = facts.ServiceTier,
            Geo = geo,
            Speed = facts.Speed,
            WebSearchCount = facts.WebSearches,
            Outcome = outcome,
            HttpStatus = outcome == LlmOutcome.Failed ? Failures.HttpStatus(error) : null,
            ErrorType = outcome == LlmOutcome.Failed ? Failures.TypeName(error) : null,
            FinishReason = BoundedText.Clean(facts.FinishReason),
            Streaming = Streaming,
            ToolCallCount = facts.ToolCalls,
            Tokens = tokens,
            Cost = priced.Cost,
            CostReason = priced.Reason,
            PriceEntry = priced.PriceEntry,
            CatalogDate = priced.CatalogDate,
            Duration = duration,
            ProviderTime = ProviderTime(duration),
            TimeToFirstToken = TimeToFirstToken(),
            QueueWait = tags.QueueWait,
        };
    }

    /// <summary>Takes an inner call in as an attempt; false once this call has ended: then the inner one stands for itself.</summary>
    private bool TryAdd(LlmAttempt attempt)
    {
        while (true)
        {
            var first = Volatile.Read(ref _attempts);
            if (ReferenceEquals(first, AttemptNode.Closed))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _attempts, new AttemptNode(attempt, first), first) == first)
            {
                return true;
            }
        }
    }

    private LlmAttempt[] CloseAttempts()
    {
        var first = Interlocked.Exchange(ref _attempts, AttemptNode.Closed);
        if (first is null)
        {
            return [];
        }

        var attempts = new List<LlmAttempt>();
        for (var node = first; node is not null; node = node.Next)
        {
            attempts.Add(node.Attempt!);
        }

        attempts.Sort(static (left, right) => left.Ordinal.CompareTo(right.Ordinal));
        return [.. attempts];
    }

    /// <summary>The attempts as a list that grows at its head without a lock, and can be closed.</summary>
    private sealed record AttemptNode(LlmAttempt? Attempt, AttemptNode? Next)
    {
        public static readonly AttemptNode Closed = new(null, null);
    }
}
