using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Chat;

/// <summary>
/// A call under way. It ends exactly once, whoever says so first, and then becomes a record: a call of its own, or an
/// attempt of the wrapped call around it.
/// </summary>
internal class OpenCall
{
    private static readonly AsyncLocal<OpenCall?> Ambient = new();

    private readonly ClientIdentity _client;
    private readonly LlmScope? _scope;
    private readonly Tags.ResolvedTags _tags;
    private readonly ActivityContext _activity;
    private readonly string? _requestModel;
    private readonly bool _json;
    private readonly long _startTimestamp;
    private AttemptNode? _attempts;
    private int _begunAttempts;
    private int _ended;

    public OpenCall(LlmObserver observer, ClientIdentity client, ChatOptions? options, LlmScope? scope, Tags.ResolvedTags tags, bool tagged)
    {
        Observer = observer;
        _client = client;
        _scope = scope;
        _tags = tags;
        _activity = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Context : default;
        _requestModel = Tags.BoundedText.Clean(options?.ModelId) ?? client.DefaultModel;
        _json = options?.ResponseFormat is ChatResponseFormatJson;
        StartedAt = LlmCallId.ToMicroseconds(observer.Time.GetUtcNow());
        _startTimestamp = observer.Time.GetTimestamp();
        Id = LlmCallId.Create(StartedAt);
        // A call with tags of its own, inside a tool for example, is a call of its own and not an attempt of the one around it.
        if (!tagged && Ambient.Value is { IsOpen: true } parent && ReferenceEquals(parent.Observer, observer)
            && ReferenceEquals(LlmScope.WithTags(parent._scope), LlmScope.WithTags(scope)))
        {
            Parent = parent;
            Ordinal = Interlocked.Increment(ref parent._begunAttempts);
        }
    }

    public Guid Id { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>What to wait for when calls wait for their commit; set when the call ends.</summary>
    public Pipeline.CommitWaiter? Commit { get; private set; }

    protected LlmObserver Observer { get; }

    protected bool IsOpen => Volatile.Read(ref _ended) == 0;

    protected virtual bool Streaming => false;

    private OpenCall? Parent { get; }

    private int Ordinal { get; }

    /// <summary>Makes this the call that wrapped clients further in belong to, for the flow that follows.</summary>
    public void Enter() => Ambient.Value = this;

    public void Complete(ChatResponse? response)
    {
        try
        {
            var call = End(LlmOutcome.Completed, null, CallFacts.Of(response));
            if (call is not null && response is not null)
            {
                LlmCallLookup.Attach(response, call);
            }
        }
        catch (Exception error)
        {
            Observer.CallLost(error);
        }
    }

    public void Fail(Exception error, CancellationToken cancellationToken)
    {
        try
        {
            End(Failures.IsCancellation(error, cancellationToken) ? LlmOutcome.Cancelled : LlmOutcome.Failed, error, PartialFacts());
        }
        catch (Exception own)
        {
            Observer.CallLost(own);
        }
    }

    protected virtual CallFacts PartialFacts() => default;

    /// <summary>Time spent waiting for the inner client, out of <paramref name="duration"/>.</summary>
    protected virtual TimeSpan ProviderTime(TimeSpan duration) => duration;

    protected virtual TimeSpan? TimeToFirstToken() => null;

    protected virtual TimeSpan SinceStart() => Observer.Time.GetElapsedTime(_startTimestamp);

    /// <summary>Ends the call; null when it had ended before or became an attempt.</summary>
    protected LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return null;
        }

        var call = ToCall(outcome, error, facts);
        if (Parent is not null && Parent.TryAdd(CallAttempts.ToAttempt(call, Ordinal)))
        {
            return null;
        }

        var attempts = CloseAttempts();
        if (attempts.Length > 0)
        {
            call = CallAttempts.Fold(call, attempts, Volatile.Read(ref _begunAttempts));
        }

        Commit = Observer.Record(call, attempts);
        LlmScope.Ended(_scope, call);
        return call;
    }

    private LlmCall ToCall(LlmOutcome outcome, Exception? error, in CallFacts facts)
    {
        var duration = LlmCallId.ToMicroseconds(SinceStart());
        var responseModel = Tags.BoundedText.Clean(facts.Model);
        var tokens = UsageNormalizer.Normalize(facts.Usage, _client.Provider, out var invalid, out var incomplete);
        var priced = Observer.Price(_client, responseModel, _requestModel, StartedAt, tokens, invalid, incomplete, UsageNormalizer.WebSearches(facts.Usage));
        var traced = _activity.TraceId != default;
        return new LlmCall
        {
            Id = Id,
            StartedAt = StartedAt,
            TraceId = traced ? _activity.TraceId.ToHexString() : null,
            SpanId = traced ? _activity.SpanId.ToHexString() : null,
            Tags = _tags.Tags,
            OutputType = _json ? LlmVocabulary.Json : LlmVocabulary.Text,
            Provider = _client.Provider,
            RequestModel = _requestModel,
            ResponseModel = responseModel,
            ResponseId = Tags.BoundedText.Clean(facts.ResponseId),
            ServerAddress = _client.ServerAddress,
            ServerPort = _client.ServerPort,
            Outcome = outcome,
            HttpStatus = outcome == LlmOutcome.Failed ? Failures.HttpStatus(error) : null,
            ErrorType = outcome == LlmOutcome.Failed ? Failures.TypeName(error) : null,
            FinishReason = Tags.BoundedText.Clean(facts.FinishReason),
            Streaming = Streaming,
            ToolCallCount = facts.ToolCalls,
            Tokens = tokens,
            Cost = priced.Cost,
            CostReason = priced.Reason,
            PriceEntry = priced.PriceEntry,
            CatalogDate = priced.CatalogDate,
            Duration = duration,
            ProviderTime = LlmCallId.ToMicroseconds(ProviderTime(duration)),
            TimeToFirstToken = TimeToFirstToken() is { } first ? LlmCallId.ToMicroseconds(first) : null,
            QueueWait = _tags.QueueWait,
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
