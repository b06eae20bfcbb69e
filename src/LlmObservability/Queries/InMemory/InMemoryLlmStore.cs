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
/// <item>An envelope is written once by its (writer, number), for ever, and by its id, as long as the call is kept. One that was put aside is judged again when it comes again.</item>
/// <item>The oldest calls make room once the whole batch is in.</item>
/// <item>An amendment, and a tool call that comes by itself, is kept as long as its call. One for a call that is not kept (never seen, or evicted), and any beyond
/// <see cref="MaxAmendmentsPerCall"/> or <see cref="MaxToolCallsPerCall"/>, is rejected as <see cref="LlmDropReason.OutsideWindow"/>. A call whose id does not
/// carry its start (<see cref="LlmCallId.Matches"/>) is rejected as <see cref="LlmDropReason.Poison"/>.</item>
/// </list>
/// </remarks>
public sealed class InMemoryLlmStore : ILlmSink, ILlmStore, ILlmStoreStatus, ILocalSink
{
    /// <summary>The most amendments kept for one call.</summary>
    public const int MaxAmendmentsPerCall = 1_000;

    /// <summary>The most tool calls kept for one call when they come by themselves.</summary>
    public const int MaxToolCallsPerCall = 1_000;

    // How many calls an export gives before it lets other work of the thread pool run.
    private const int ExportStretch = 1_000;

    private readonly object _gate = new();
    private readonly CallWindow _window;

    /// <summary>Creates an empty store.</summary>
    /// <param name="options">Its bound; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">MaxCalls is not 1 to 10,000,000.</exception>
    public InMemoryLlmStore(InMemoryLlmStoreOptions? options = null)
    {
        var maxCalls = (options ?? new InMemoryLlmStoreOptions()).MaxCalls;
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCalls, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxCalls, InMemoryLlmStoreOptions.MostCalls, nameof(options));
        _window = new CallWindow(maxCalls);
    }

    /// <summary>Always <c>memory</c>.</summary>
    public string Name => "memory";

    /// <summary>How many calls made room for newer ones so far.</summary>
    public long Evicted
    {
        get
        {
            lock (_gate)
            {
                return _window.Evicted;
            }
        }
    }

    /// <summary>How many calls are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _window.Count;
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
            var staged = _window.Stage(batch);
            _window.Keep(staged);
            return new ValueTask<LlmWriteResult>(
                new LlmWriteResult(staged.Written, staged.AlreadyWritten, staged.Rejected.Count == 0 ? null : staged.Rejected));
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
            return new ValueTask<LlmCallDetail?>(_window.Find(id)?.ToDetail());
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
            LlmCall[] calls;
            IReadOnlyDictionary<Guid, LlmCost?> repriced;
            lock (_gate)
            {
                calls = _window.Snapshot();
                repriced = _window.Repriced();
            }

            return new CallAggregator(request, repriced, cancellationToken).Aggregate(calls);
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
    public ValueTask<LlmTools> ToolsAsync(LlmToolsRequest request, CancellationToken cancellationToken)
    {
        return Answer(() =>
        {
            LlmQueryValidator.Validate(request);
            LlmCall[] calls;
            IReadOnlyDictionary<Guid, IReadOnlyList<LlmToolCall>> toolCalls;
            lock (_gate)
            {
                calls = _window.Snapshot();
                toolCalls = _window.ToolCalls();
            }

            return ToolCounter.Count(calls, id => toolCalls.GetValueOrDefault(id) ?? [], request, cancellationToken);
        });
    }

    /// <inheritdoc />
    /// <remarks>The snapshot is taken when the enumeration begins.</remarks>
    public IAsyncEnumerable<LlmCall> ExportAsync(LlmFilter filter, CancellationToken cancellationToken)
    {
        LlmQueryValidator.Validate(filter);
        return EnumerateAsync(filter, cancellationToken);
    }

    /// <inheritdoc />
    /// <remarks>Knows how many calls there are, and not what they take.</remarks>
    public ValueTask<LlmStoreStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LlmStoreStatus>(cancellationToken);
        }

        var calls = Snapshot();
        DateTimeOffset? oldest = null, newest = null;
        foreach (var call in calls)
        {
            oldest = call.StartedAt >= oldest ? oldest : call.StartedAt;
            newest = call.StartedAt <= newest ? newest : call.StartedAt;
        }

        return new ValueTask<LlmStoreStatus>(new LlmStoreStatus
        {
            Store = Name,
            Tables = [new LlmStoreTable { Name = "calls", Rows = calls.Length, From = oldest }],
            OldestCallAt = oldest,
            NewestCallAt = newest,
        });
    }

    /// <summary>Judges a batch from an envelope on; the caller keeps other writes away until it is kept or forgotten.</summary>
    internal StagedWrite Stage(LlmBatch batch, int start, Func<LlmEnvelope, long, Admission?> admit) => _window.Stage(batch, start, admit);

    /// <inheritdoc cref="CallWindow.Keep"/>
    internal void Keep(StagedWrite staged)
    {
        lock (_gate)
        {
            _window.Keep(staged);
        }
    }

    /// <inheritdoc cref="CallWindow.Restore"/>
    internal void Restore(LlmEnvelope envelope, long position)
    {
        lock (_gate)
        {
            _window.Restore(envelope, position);
        }
    }

    /// <inheritdoc cref="CallWindow.Commit"/>
    internal void Commit(Guid writerId, long first, long last)
    {
        lock (_gate)
        {
            _window.Commit(writerId, first, last);
        }
    }

    /// <inheritdoc cref="CallWindow.RemoveBefore"/>
    internal void RemoveBefore(long position)
    {
        lock (_gate)
        {
            _window.RemoveBefore(position);
        }
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
            return _window.Snapshot();
        }
    }
}
