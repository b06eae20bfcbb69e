using System.Diagnostics;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// A logical call under way, or a nested one with a stream or a scope of its own, which becomes an attempt.
/// </summary>
internal class OpenCall(CallTarget target, OpenNode? around, LlmScope? scope, ResolvedTags tags) : OpenNode(target, around)
{
    private AttemptChain _attempts;
    private Activity? _activity;
    private long _startedAt;
    private int _begunAttempts;
    private SpanRole _role;
    private bool _json;
    private bool _inProgress;
    private bool _standsBack;

    public override LlmScope? Scope => scope;

    public ResolvedTags ResolvedTags => tags;

    /// <summary>UTC, whole microseconds.</summary>
    public DateTimeOffset StartedAt => new(_startedAt, TimeSpan.Zero);

    /// <summary>The time of day at a timestamp taken since.</summary>
    public DateTimeOffset At(long timestamp) => new(_startedAt + Observer.Clock.Span(timestamp - StartTimestamp).Ticks, TimeSpan.Zero);

    protected virtual bool Streaming => false;

    /// <summary>How many chunks with content a stream came in, and the longest between two.</summary>
    protected virtual (int Count, TimeSpan? LongestStall) Chunks => default;

    /// <summary>The flow inside the call's own span, for what is measured of it; null where it has none.</summary>
    protected ExecutionContext? InsideSpan { get; private set; }

    /// <summary>Whether metrics of the conventions are this library's to record: no other instrumentation does.</summary>
    protected bool RecordsConventions => !IsNested && !_standsBack && !Target.Client.ForeignAround;

    public override void Begin(ChatOptions? options, ILlmFlow? flow)
    {
        LeaveEnded();
        base.Begin(options, flow);
        if (IsNested)
        {
            return;
        }

        _startedAt = Observer.Clock.UtcTicksAt(StartTimestamp);
        if (scope?.CallBegan is { } callBegan)
        {
            callBegan(FixId(StartedAt));
        }

        if (options?.ResponseFormat is ChatResponseFormatJson format)
        {
            _json = true;
            TakeNotes().Answer = Observer.CheckOf(format);
        }

        // Another instrumentation further in, or another observer's wrapper around: one of them speaks for the call.
        _standsBack = Target.Client.SourceInside is not null
            || (flow?.Call is OpenNode other && IsOfAnother(other));
        _inProgress = true;
        Target.Telemetry.Begin();
    }

    /// <summary>Its id, fixed from now on: for who needs it before the end.</summary>
    public Guid TakeId() => TakeNotes().TakeToolCalls(StartedAt, Target).CallId;

    /// <summary>A nested client began; returns its place.</summary>
    public int AttemptBegun() => Interlocked.Increment(ref _begunAttempts);

    /// <summary>One that began called no provider.</summary>
    public void AttemptTakenBack() => Interlocked.Decrement(ref _begunAttempts);

    /// <summary>Takes an attempt in; false once this call has ended: then it stands for itself.</summary>
    public bool TryAdd(LlmAttempt attempt) => _attempts.TryAdd(attempt);

    /// <summary>Whether a span inside is in the call's trace.</summary>
    public bool IsInTraceOf(Activity span) => _activity is { } activity && activity.TraceId == span.TraceId;

    /// <summary>Gives the call up because the recorder failed at its start: it ends without a record.</summary>
    public void Lose(Exception error)
    {
        TryEnd();
        Observer.CallLost(error);
    }

    protected override void Enter(ChatOptions? options)
    {
        base.Enter(options);
        if (IsNested)
        {
            EnterSpan();
            return;
        }

        if (Observer.BeginLogScope(StartedAt, Notes?.CallId) is { } logScope)
        {
            TakeNotes().LogScope = logScope;
        }

        _activity = Activity.Current;
        if (_standsBack)
        {
            return;
        }

        if (_activity is not null && ForeignTelemetry.CallSpanAround(_activity, Target.Client.Kind.Operation) is { } foreign)
        {
            _activity = foreign;
            _role = SpanRole.Foreign;
            Target.Client.ForeignAround = true;
        }
        else if (Observer.Telemetry.Tracing)
        {
            StartSpan(options);
        }
    }

    /// <summary>What this kind of call was asked for, beside a chat call's options.</summary>
    protected virtual void AddRequest(Activity span) => CallSpan.AddOutputType(span, Target.Client.Kind.SpanOutputType);

    /// <summary>How many inputs were embedded in how many dimensions; null for other operations.</summary>
    protected virtual (int? InputCount, int? Dimensions) Embedded(in CallFacts facts) => default;

    /// <summary>Time spent waiting for the inner client, out of <paramref name="duration"/>.</summary>
    protected virtual TimeSpan ProviderTime(TimeSpan duration) => duration;

    protected override void Answered(object? response)
    {
        if (Notes?.Answer is { } answer && response is ChatResponse chat)
        {
            answer.Add(chat);
        }
    }

    protected override void Lost()
    {
        base.Lost();
        Tell(null);
    }

    protected override LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts, out Pipeline.CommitWaiter? commit)
    {
        commit = null;
        if (!TryEnd())
        {
            return null;
        }

        LlmCall? ended = null;
        try
        {
            object? attempts = null;
            LlmCall call;
            if (!IsNested)
            {
                attempts = _attempts.Close();
                call = ToCall(outcome, error, facts, attempts);
            }
            else if (EndNested(outcome, error, facts) is { } alone)
            {
                var (chunks, stall) = Chunks;
                call = alone with { Streaming = Streaming, ChunkCount = chunks, LongestStall = stall };
            }
            else
            {
                return null;
            }

            ended = call;
            commit = Observer.Record(call, attempts, Tools(call, facts.Tools));
            LlmScope.Ended(scope, call);
            return call;
        }
        finally
        {
            Tell(ended);
        }
    }

    private void StartSpan(ChatOptions? options)
    {
        Activity? span;
        try
        {
            span = Observer.Telemetry.StartSpan(Target.Telemetry, tags.SpanAttributesFor(Target.Telemetry, Streaming), StartedAt);
        }
        catch (Exception)
        {
            // A listener that throws leaves a span behind that was started: it is ended with the call.
            if (SpanFlow.LeftBehind(_activity, Observer.Telemetry.Source) is { } started)
            {
                (_activity, _role) = (started, SpanRole.Own);
            }

            throw;
        }

        if (span is not null)
        {
            (_activity, _role) = (span, SpanRole.Own);
            InsideSpan = SpanFlow.Inside(span);
            if (span.IsAllDataRequested)
            {
                CallSpan.AddRequest(span, options, tags.Tags.Conversation);
                AddRequest(span);
            }
        }
    }

    /// <summary>Spans and metrics. Listeners are the application's code: whatever they throw ends here.</summary>
    private void Tell(LlmCall? call)
    {
        Notes?.LogScope?.End();
        try
        {
            if (_inProgress)
            {
                Target.Telemetry.End();
            }

            if (call is not null)
            {
                Observer.Telemetry.Record(Target.Telemetry, call, tags.MetricTags, RecordsConventions, InsideSpan);
            }
        }
        catch (Exception error)
        {
            Observer.RecorderFailed(error);
        }

        if (_role != SpanRole.Surrounding)
        {
            TracedCall.End(_activity!, _role, this, call);
        }
    }

    private LlmToolCall[]? Tools(LlmCall call, ToolNote? told)
    {
        // Those inside belong to the logical call.
        var inside = IsNested ? null : Notes?.ToolCalls;
        if (inside is null && told is null)
        {
            return null;
        }

        // A span of the call itself that nothing is around is gone when a tool runs.
        var around = _activity is { IdFormat: ActivityIdFormat.W3C } activity
            && (_role == SpanRole.Surrounding || activity.ParentSpanId != default) ? activity.TraceId : default;
        return EndedTools.Of(call, inside, told, (around, scope, Target), Observer);
    }

    private LlmCall ToCall(LlmOutcome outcome, Exception? error, in CallFacts facts, object? attempts)
    {
        var client = Target.Client;
        var duration = SinceStart();
        var startedAt = StartedAt;
        var begun = Volatile.Read(ref _begunAttempts);
        var cached = false;
        Bill bill = default;
        var served = attempts is null ? null : CallAttempts.TrySum(attempts, ref bill);
        if (served is not null)
        {
            bill.ResponseModel = served.ResponseModel ?? CallBilling.ResponseModel(this, facts);
            bill.Geo = facts.Geo ?? client.Geo ?? ClientIdentity.ServedIn(served.ServerAddress);
        }
        else if (IsCached(outcome, begun > 0, out var maybe))
        {
            // What an answer from a cache says of its usage was paid for before: this call used nothing.
            cached = true;
            bill.Use(new LlmTokens { Source = LlmUsageSource.Reported });
            bill.Price(new Pricing.PricedCost(default(LlmCost), LlmCostReason.Cached, null, null));
            bill.ResponseModel = BoundedText.Clean(facts.Model);
        }
        else
        {
            BillOf(facts, startedAt, outcome, attempts, begun, maybe, ref bill);
        }

        var answer = Notes?.Answer;
        if (outcome == LlmOutcome.Completed)
        {
            answer?.Complete();
        }

        var (chunks, stall) = Chunks;
        return new LlmCall
        {
            Id = Notes?.CallId ?? LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            // Another's span may hold several calls: it is the one around each.
            Trace = _role == SpanRole.Own ? SpanIds.Of(_activity!) : SpanIds.Inside(_activity),
            Tags = tags.Tags,
            Operation = client.Kind.Operation,
            OutputType = _json ? LlmVocabulary.Json : client.Kind.OutputType,
            Provider = client.Provider ?? served?.Provider,
            RequestModel = Target.RequestModel ?? served?.RequestModel,
            ResponseModel = bill.ResponseModel,
            ResponseId = Clean(facts.ResponseId, served?.ResponseId),
            ServerAddress = client.ServerAddress ?? served?.ServerAddress,
            ServerPort = client.ServerPort,
            FinishReason = Clean(facts.FinishReason, served?.FinishReason),
            Streaming = Streaming,
            Cached = cached,
            AttemptCount = cached ? 0 : Math.Max(1, begun),
            ToolCallCount = facts.ToolCalls,
            PriceEntry = bill.PriceEntry,
            CatalogDate = bill.CatalogDate,
            Duration = duration,
            ProviderTime = ProviderTime(duration),
            TimeToFirstToken = TimeToFirstToken(),
            ChunkCount = chunks,
            LongestStall = stall,
            QueueWait = tags.QueueWait,
            Rare = Rare(outcome, error, facts, bill, served, cached),
            // Last: what was just written field by field is slow to copy as a whole.
            Result = bill.Result,
            Outcome = outcome,
        };
    }

    // An attempt's text is clean, and most times this is the same.
    private static string? Clean(string? text, string? clean) => ReferenceEquals(text, clean) ? clean : BoundedText.Clean(text);

    private void BillOf(
        in CallFacts facts, DateTimeOffset startedAt, LlmOutcome outcome, object? attempts, int begun, bool maybe, ref Bill bill)
    {
        // An answer that none of the clients called gave came from somewhere else.
        maybe |= attempts is not null && !CallAttempts.AnyAnswered(attempts)
            && (outcome == LlmOutcome.Completed || TimeToFirstToken() is not null);
        // What a client inside has not ended yet is billed when it ends, as a record of its own.
        var pending = begun > CallAttempts.Count(attempts);
        if (pending && outcome != LlmOutcome.Completed)
        {
            bill.Unpriced(LlmCostReason.MissingUsage);
            bill.ResponseModel = CallBilling.ResponseModel(this, facts);
            bill.Geo = facts.Geo ?? Target.Client.Geo;
        }
        else
        {
            BillOf(facts, startedAt, outcome, estimates: !pending && !maybe, ref bill);
        }

        if (maybe)
        {
            bill.Unpriced(LlmCostReason.MaybeCached);
        }
    }

    // Most calls have none of it, and are spared the making.
    private RareFacts? Rare(LlmOutcome outcome, Exception? error, in CallFacts facts, in Bill bill, LlmAttempt? served, bool cached)
    {
        var notes = Notes;
        var (inputs, dimensions) = Embedded(facts);
        if (outcome != LlmOutcome.Failed && notes is null or { Http: null, Answer: null, Similarity: null } && !facts.HasTerms
            && bill.Geo is null && bill.Large is null && inputs is null && dimensions is null)
        {
            return null;
        }

        // Of several attempts the facts of the one that served, with all that was sent.
        var http = notes?.Http?.ToDetail();
        return RareFacts.Keep(new RareFacts
        {
            Usage = bill.Large,
            Http = http is not null && served?.Http is { } own ? own with { SendCount = http.SendCount } : http,
            ErrorType = outcome == LlmOutcome.Failed ? Failures.TypeName(error) : null,
            HttpStatus = Failures.HttpStatus(outcome, error, notes?.Http),
            ServiceTier = facts.ServiceTier,
            Geo = bill.Geo,
            Speed = facts.Speed,
            WebSearchCount = cached ? 0 : facts.WebSearches,
            InputCount = inputs,
            Dimensions = dimensions,
            Similarity = cached ? notes?.Similarity : null,
            SchemaValidated = notes?.Answer?.Validated,
            SchemaErrors = notes?.Answer?.Errors,
        });
    }
}
