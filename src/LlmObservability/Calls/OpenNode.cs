using System.Diagnostics;
using LlmObservability.Pipeline;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// A wrapped client under way. They nest: the outermost is the logical call, and those that have none further in are its
/// attempts. It ends exactly once, whoever says so first.
/// </summary>
/// <param name="target">The client, and the model asked for.</param>
/// <param name="around">The one that this is inside of; null for a logical call.</param>
internal abstract class OpenNode(CallTarget target, OpenNode? around) : ILlmFlow
{
    // Together with the sign, so that an attempt stays as small as it is.
    private const int CalledInside = int.MinValue;

    private CallNotes? _notes;
    private int _ended;

    // Its place among those that began inside the logical call, from 1; 0 for the call itself.
    private int _sequence;

    /// <summary>The logical call.</summary>
    public OpenCall Root
    {
        get
        {
            var node = this;
            while (node.Outer is { } outer)
            {
                node = outer;
            }

            return (OpenCall)node;
        }
    }

    public abstract LlmScope? Scope { get; }

    LlmScope? ILlmFlow.Scope => Scope;

    ILlmFlow? ILlmFlow.Call => this;

    /// <summary>What others told while it was under way; null when nobody did.</summary>
    public CallNotes? Notes => Volatile.Read(ref _notes);

    /// <summary>The innermost one that the flow is inside of; null if it has ended, or there is none.</summary>
    public static OpenNode? UnderWay => LlmFlow.Current?.Call is OpenNode { IsOpen: true } node ? node : null;

    public CallTarget Target => target;

    public LlmObserver Observer => target.Client.Observer;

    private protected long StartTimestamp { get; private set; }

    protected bool IsOpen => Volatile.Read(ref _ended) == 0;

    /// <summary>Whether a wrapped client further in was called: it, and not this one, called a provider. Kept of nested ones alone.</summary>
    protected bool HasCalledInside => (Volatile.Read(ref _sequence) & CalledInside) != 0;

    /// <summary>The one that this is inside of.</summary>
    protected OpenNode? Outer => around;

    protected bool IsNested => around is not null;

    /// <summary>
    /// The node that a call now begins inside of; null if it is a call of its own. A call with tags of its own, inside a tool
    /// for example, is one, and not an attempt of the call around it; so is a call of another kind, an embedding inside a chat
    /// call for example.
    /// </summary>
    /// <param name="flow">What the flow is inside of.</param>
    /// <param name="client">The client that is called.</param>
    /// <param name="scope">The scope of the flow.</param>
    /// <param name="tagged">Whether the call has tags of its own.</param>
    public static OpenNode? Around(ILlmFlow? flow, ClientIdentity client, LlmScope? scope, bool tagged) =>
        !tagged && flow?.Call is OpenNode { IsOpen: true } around && ReferenceEquals(around.Observer, client.Observer)
        && ReferenceEquals(around.Target.Client.Kind, client.Kind)
        && (ReferenceEquals(around.Scope, scope) || ReferenceEquals(LlmScope.WithTags(around.Scope), LlmScope.WithTags(scope)))
            ? around
            : null;

    /// <summary>Notes for others to fill in.</summary>
    public CallNotes TakeNotes() => Notes ?? Interlocked.CompareExchange(ref _notes, new CallNotes(), null) ?? _notes!;

    /// <summary>Fixes the id of a call that nobody else knows of yet.</summary>
    protected Guid FixId(DateTimeOffset startedAt)
    {
        var id = LlmCallId.Create(startedAt);
        _notes = new ToldCallNotes(id);
        return id;
    }

    /// <summary>The tool calls of the logical call, to take one in; null when that has ended, or is another observer's.</summary>
    public CallToolCalls? ToolCallsFor(LlmObserver observer)
    {
        var root = Root;
        if (!ReferenceEquals(Observer, observer) || !root.IsOpen)
        {
            return null;
        }

        var toolCalls = root.TakeNotes().TakeToolCalls(root.StartedAt, root.Target);
        // Who ends the call looks for them after it has ended: either that one sees them, or this one sees the end.
        return root.IsOpen ? toolCalls : null;
    }

    /// <summary>Says that the answer comes from a cache; false once it has ended.</summary>
    public bool MarkCached(double? similarity)
    {
        if (!IsOpen)
        {
            return false;
        }

        TakeNotes().MarkCached(similarity);
        Root.TakeNotes().MarkCached(similarity);
        return true;
    }

    /// <summary>Notes when it begins, and tells the one around it.</summary>
    /// <param name="options">A chat call's options, without tags; null where there are none, and for other kinds.</param>
    /// <param name="flow">What the flow is inside of.</param>
    public virtual void Begin(ChatOptions? options, ILlmFlow? flow)
    {
        StartTimestamp = Observer.Clock.Timestamp();
        if (around is not null)
        {
            // Where the one around is no provider's call after all, its place is this one's.
            _sequence = around.IsNested && Interlocked.Or(ref around._sequence, CalledInside) is >= 0 and var place
                ? place
                : Root.AttemptBegun();
        }
    }

    /// <summary>
    /// Makes this what wrapped clients further in are inside of, for the flow that follows. Listeners to spans are the
    /// application's code: a span that fails leaves the record.
    /// </summary>
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

    /// <summary>Ends it with its response; returns what to wait for when calls wait for their commit.</summary>
    public CommitWaiter? Complete<TResponse>(TResponse? response, FactsReader<TResponse> read)
        where TResponse : class
    {
        try
        {
            CallFacts facts = default;
            if (response is not null)
            {
                read(response, Observer, ref facts);
            }

            Answered(response);
            var call = End(LlmOutcome.Completed, null, facts, out var commit);
            if (call is not null && response is not null)
            {
                LlmCallLookup.Attach(response, call);
            }

            return commit;
        }
        catch (Exception error)
        {
            // What cannot be read is no record; the span and the count of calls in progress end all the same.
            if (TryEnd())
            {
                Lost();
            }

            Observer.CallLost(error);
            return null;
        }
    }

    /// <summary>Ends it with a failure; returns what to wait for when calls wait for their commit.</summary>
    public CommitWaiter? Fail(Exception error, CancellationToken cancellationToken)
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
            if (TryEnd())
            {
                Lost();
            }

            Observer.CallLost(own);
            return null;
        }
    }

    /// <summary>When it ends, if it does now: UTC, whole microseconds.</summary>
    public DateTimeOffset EndsAt() => Root.At(StartTimestamp) + SinceStart();

    /// <summary>Whether a node under way is another observer's, of the same kind.</summary>
    protected bool IsOfAnother(OpenNode node) =>
        node.IsOpen && !ReferenceEquals(node.Observer, Observer) && ReferenceEquals(node.Target.Client.Kind, target.Client.Kind);

    protected virtual void Enter(ChatOptions? options) => LlmFlow.Current = this;

    /// <summary>Ends it; null when it had ended before or became an attempt.</summary>
    protected abstract LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts, out CommitWaiter? commit);

    /// <summary>A whole response came, before the end.</summary>
    protected virtual void Answered(object? response)
    {
    }

    /// <summary>It ended without a record.</summary>
    protected virtual void Lost()
    {
        if (Notes?.Span is { } span)
        {
            TracedAttempt.End(span, this, outcome: null, error: null, attempt: null, alone: null);
        }
    }

    /// <summary>Starts the span of a nested one for the flow that follows, if somebody wants one.</summary>
    protected void EnterSpan()
    {
        if (TracedAttempt.IsOf(target.Client))
        {
            TracedAttempt.Start(TakeNotes(), Root, target, Root.At(StartTimestamp));
        }
    }

    protected virtual CallFacts PartialFacts() => default;

    /// <summary>The provider's time up to the first update with content; null when not streamed or none came.</summary>
    protected virtual TimeSpan? TimeToFirstToken() => null;

    /// <summary>Puts an estimate in the place of tokens that were not told, or in part, if there is something to make it from.</summary>
    protected virtual void Estimate(ref LlmTokens tokens, LlmOutcome outcome, ref bool incomplete)
    {
    }

    /// <summary>From its start to now.</summary>
    protected virtual TimeSpan SinceStart() => Observer.Clock.Span(Observer.Clock.Timestamp() - StartTimestamp);

    /// <summary>A stream can be opened inside a call and read after it: it is then a call of its own.</summary>
    protected void LeaveEnded() => around = around is { IsOpen: true } ? around : null;

    /// <summary>True for the one who ends it.</summary>
    protected bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary><see cref="TryEnd"/> for a node that its own flow alone ends, one thing after the other: it needs no lock of the bus.</summary>
    protected bool TryEndAlone()
    {
        var ends = _ended == 0;
        Volatile.Write(ref _ended, 1);
        return ends;
    }

    /// <summary>
    /// Ends it as an attempt: not one, if wrapped clients further in were called, or a cache answered.
    /// </summary>
    /// <returns>A call of its own, if the logical call has ended before; null otherwise.</returns>
    protected LlmCall? EndNested(LlmOutcome outcome, Exception? error, in CallFacts facts) =>
        Notes?.Span is { } span ? EndTraced(span, outcome, error, facts) : EndAttempt(outcome, error, facts, span: null, out _);

    private LlmCall? EndTraced(Activity span, LlmOutcome outcome, Exception? error, in CallFacts facts)
    {
        LlmAttempt? attempt = null;
        LlmCall? alone = null;
        try
        {
            alone = EndAttempt(outcome, error, facts, span, out attempt);
            return alone;
        }
        finally
        {
            TracedAttempt.End(span, this, outcome, error, attempt, alone);
        }
    }

    private LlmCall? EndAttempt(LlmOutcome outcome, Exception? error, in CallFacts facts, Activity? span, out LlmAttempt? attempt)
    {
        attempt = null;
        if (HasCalledInside)
        {
            return null;
        }

        var root = Root;
        if (IsCached(outcome, calledProvider: false, out var maybe))
        {
            root.AttemptTakenBack();
            return null;
        }

        var duration = SinceStart();
        var startedAt = root.At(StartTimestamp);
        Bill bill = default;
        BillOf(facts, startedAt, outcome, estimates: !maybe, ref bill);
        if (maybe)
        {
            bill.Unpriced(LlmCostReason.MaybeCached);
        }

        attempt = new LlmAttempt
        {
            Ordinal = _sequence,
            StartedAt = startedAt,
            Served = target.Served(bill),
            ResponseId = BoundedText.Clean(facts.ResponseId),
            FinishReason = BoundedText.Clean(facts.FinishReason),
            Duration = duration,
            TimeToFirstToken = TimeToFirstToken(),
            Rare = AttemptFacts.Of(this, outcome, error, bill, span),
            // Last: what was just written field by field is slow to copy as a whole.
            Result = bill.Result,
            Outcome = outcome,
        };
        if (outcome == LlmOutcome.Completed && facts is { ToolCalls: > 0, Tools: not null })
        {
            root.ToolCallsFor(Observer)?.AddAsked(facts.Tools);
        }

        return root.TryAdd(attempt) ? null : CallAttempts.ToCall(attempt, span, target.Client.Kind, root.ResolvedTags.Tags, facts);
    }

    /// <summary>Whether an answer came from a cache: told, or known since nothing below that could call a provider did.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="calledProvider">Whether a wrapped client further in called a provider.</param>
    /// <param name="maybe">Whether that may be but is not known.</param>
    protected bool IsCached(LlmOutcome outcome, bool calledProvider, out bool maybe)
    {
        maybe = false;
        if (calledProvider)
        {
            return false;
        }

        var cached = Notes is { Cached: true } || target.Client.AllWrappedInside;
        if (outcome != LlmOutcome.Completed)
        {
            // Whatever came of it came from somewhere, and was not a provider's for sure.
            maybe = (cached || target.Client.WrappedInside) && TimeToFirstToken() is not null;
            return false;
        }

        maybe = !cached && target.Client.WrappedInside;
        return cached;
    }

    /// <summary>What an exchange used and cost.</summary>
    /// <param name="facts">What the response told.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="estimates">Whether what was not told may be estimated.</param>
    /// <param name="bill">A new bill, to be filled.</param>
    protected void BillOf(in CallFacts facts, DateTimeOffset startedAt, LlmOutcome outcome, bool estimates, ref Bill bill)
    {
        var client = target.Client;
        bill.ResponseModel = CallBilling.ResponseModel(this, facts);
        bill.Geo = facts.Geo ?? client.Geo;
        var tokens = facts.Tokens(client.Provider, out var invalid, out var incomplete);
        if (!invalid)
        {
            if (client.Kind.Classify is { } classify)
            {
                tokens = classify(tokens);
            }

            if (estimates)
            {
                Estimate(ref tokens, outcome, ref incomplete);
            }
        }

        bill.Use(tokens);
        if (invalid || incomplete || facts.HasTerms || !Observer.CallPrices.TryPriceCommon(target, startedAt, tokens, ref bill))
        {
            CallBilling.Price(this, facts, startedAt, tokens, invalid ? LlmCostReason.InvalidUsage : incomplete ? LlmCostReason.IncompleteUsage : null, ref bill);
        }
    }
}
