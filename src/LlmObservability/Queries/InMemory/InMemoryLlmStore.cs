using System.Runtime.CompilerServices;
using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>
/// Keeps the latest calls in memory: for tests, for trying things out, and as the reference for what every other store
/// must answer. It is gone with the process. Thread-safe, for writes and reads alike.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A read works on a snapshot: a copy of references taken under a short lock. What is written meanwhile is not seen.</item>
/// <item>Everything is exact, the percentiles (nearest rank) too. A read costs time in proportion to the calls kept.</item>
/// <item>An envelope is written once by its (writer, number), for ever, and by its id, as long as the call is kept.</item>
/// <item>An amendment, and a tool call that comes by itself, is kept as long as its call. One for a call that is not kept (never seen, or evicted), and any beyond
/// <see cref="MaxAmendmentsPerCall"/> or <see cref="MaxToolCallsPerCall"/>, is rejected as <see cref="LlmDropReason.OutsideWindow"/>. A call whose id does not
/// carry its start (<see cref="LlmCallId.Matches"/>) is rejected as <see cref="LlmDropReason.Poison"/>.</item>
/// </list>
/// </remarks>
public sealed class InMemoryLlmStore : ILlmSink, ILlmStore, ILocalSink
{
    /// <summary>The most amendments kept for one call.</summary>
    public const int MaxAmendmentsPerCall = 1_000;

    /// <summary>The most tool calls kept for one call when they come by themselves.</summary>
    public const int MaxToolCallsPerCall = 1_000;

    // How many calls an export gives before it lets other work of the thread pool run.
    private const int ExportStretch = 1_000;

    private readonly object _gate = new();
    private readonly int _maxCalls;
    private readonly Dictionary<Guid, StoredCall> _byId = [];
    private readonly Queue<LlmCall> _byArrival = new();
    private readonly Dictionary<Guid, SequenceSet> _committed = [];
    private long _evicted;

    /// <summary>Creates an empty store.</summary>
    /// <param name="options">Its bound; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">MaxCalls is not 1 to 10,000,000.</exception>
    public InMemoryLlmStore(InMemoryLlmStoreOptions? options = null)
    {
        var maxCalls = (options ?? new InMemoryLlmStoreOptions()).MaxCalls;
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCalls, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxCalls, 10_000_000, nameof(options));
        _maxCalls = maxCalls;
    }

    /// <summary>Always <c>memory</c>.</summary>
    public string Name => "memory";

    /// <summary>How many calls made room for newer ones so far.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    /// <summary>How many calls are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byArrival.Count;
            }
        }
    }

    /// <inheritdoc />
    public ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LlmWriteResult>(cancellationToken);
        }

        lock (_gate)
        {
            return new ValueTask<LlmWriteResult>(Write(batch));
        }
    }

    /// <inheritdoc />
    public ValueTask<LlmCallDetail?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LlmCallDetail?>(cancellationToken);
        }

        lock (_gate)
        {
            return new ValueTask<LlmCallDetail?>(_byId.TryGetValue(id, out var stored) ? stored.ToDetail() : null);
        }
    }

    /// <inheritdoc />
    public ValueTask<LlmPage> ListAsync(LlmListRequest request, CancellationToken cancellationToken)
    {
        return Answer(() =>
        {
            LlmQueryValidator.Validate(request);
            return CallLister.List(Snapshot(), request, cancellationToken);
        });
    }

    /// <inheritdoc />
    public ValueTask<LlmAggregate> AggregateAsync(LlmAggregateRequest request, CancellationToken cancellationToken)
    {
        return Answer(() =>
        {
            LlmQueryValidator.Validate(request);
            return new CallAggregator(request, cancellationToken).Aggregate(Snapshot());
        });
    }

    /// <inheritdoc />
    public ValueTask<LlmDistinct> DistinctAsync(LlmDistinctRequest request, CancellationToken cancellationToken)
    {
        return Answer(() =>
        {
            LlmQueryValidator.Validate(request);
            return DistinctValues.Count(Snapshot(), request, cancellationToken);
        });
    }

    /// <inheritdoc />
    /// <remarks>The snapshot is taken when the enumeration begins.</remarks>
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(filter);
        return EnumerateAsync(filter, cancellationToken);
    }

    // A failure belongs into the task, as with a store that really waits.
    private static ValueTask<T> Answer<T>(Func<T> read)
    {
        try
        {
            return new ValueTask<T>(read());
        }
        catch (OperationCanceledException exception) when (exception.CancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<T>(exception);
        }
    }

    private async IAsyncEnumerable<LlmCall> EnumerateAsync(LlmFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var given = 0;
        foreach (var call in CallLister.OldestFirst(Snapshot(), filter, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return call;
            if (++given % ExportStretch == 0)
            {
                await Task.Yield();
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private LlmCall[] Snapshot()
    {
        lock (_gate)
        {
            return _byArrival.ToArray();
        }
    }

    private LlmWriteResult Write(LlmBatch batch)
    {
        if (!_committed.TryGetValue(batch.WriterId, out var committed))
        {
            _committed.Add(batch.WriterId, committed = new SequenceSet());
        }

        var (written, alreadyWritten) = (0, 0);
        List<LlmRejection>? rejected = null;
        for (var i = 0; i < batch.Envelopes.Count; i++)
        {
            var sequence = batch.FirstSequence + i;
            if (committed.Contains(sequence) || IsKept(batch.Envelopes[i]))
            {
                alreadyWritten++;
            }
            else if (Keep(batch.Envelopes[i]) is { } reason)
            {
                (rejected ??= []).Add(new LlmRejection(sequence, reason));
            }
            else
            {
                written++;
            }
        }

        committed.Add(batch.FirstSequence, batch.LastSequence);
        return new LlmWriteResult(written, alreadyWritten, rejected);
    }

    private bool IsKept(LlmEnvelope envelope)
    {
        return _byId.TryGetValue(envelope.CallId, out var stored)
            && envelope switch
            {
                LlmAmendmentEnvelope amendment => stored.Has(amendment.Amendment),
                LlmToolCallEnvelope toolCall => stored.Has(toolCall.ToolCall),
                _ => true,
            };
    }

    private LlmDropReason? Keep(LlmEnvelope envelope)
    {
        if (envelope is LlmAmendmentEnvelope { Amendment: var amendment })
        {
            var kept = _byId.TryGetValue(amendment.CallId, out var amended) && amended.TryAmend(amendment, MaxAmendmentsPerCall);
            return kept ? null : LlmDropReason.OutsideWindow;
        }

        if (envelope is LlmToolCallEnvelope { ToolCall: var toolCall })
        {
            var kept = _byId.TryGetValue(envelope.CallId, out var asking) && asking.TryAdd(toolCall, MaxToolCallsPerCall);
            return kept ? null : LlmDropReason.OutsideWindow;
        }

        var stored = new StoredCall((LlmCallEnvelope)envelope);
        if (!LlmCallId.Matches(stored.Call.Id, stored.Call.StartedAt))
        {
            return LlmDropReason.Poison;
        }

        _byId.Add(stored.Call.Id, stored);
        _byArrival.Enqueue(stored.Call);
        if (_byArrival.Count > _maxCalls)
        {
            _byId.Remove(_byArrival.Dequeue().Id);
            Interlocked.Increment(ref _evicted);
        }

        return null;
    }
}
