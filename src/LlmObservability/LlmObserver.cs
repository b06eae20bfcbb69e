using System.Diagnostics.Metrics;
using LlmObservability.Calls;
using LlmObservability.Chat;
using LlmObservability.Pipeline;
using LlmObservability.Pricing;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.StructuredOutput;
using LlmObservability.Tags;
using LlmObservability.Telemetry;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmObservability;

/// <summary>
/// The recorder behind all wrapped clients: resolves tags, prices, and hands records to the pipeline. One per application,
/// from dependency injection or <see cref="Create"/>. Thread-safe.
/// </summary>
public sealed class LlmObserver : IAsyncDisposable, IDisposable
{
    private readonly LlmObservabilityOptions _options;
    private readonly ILogger _logger;
    private readonly CallLog? _callLog;
    private readonly TagResolver _tags;
    private readonly PriceBook _prices;
    private readonly RawBilling _rawBilling = new();
    private readonly StructuredAnswers _answers = new();
    private readonly LlmPipeline _pipeline;
    private long _calls;
    private long _recorderErrors;
    private long _neverDisposed;
    private long _commitTimeouts;
    private int _userWarned;
    private int _insideWarned;
    private int _stopped;
    private volatile bool _enabled;

    internal LlmObserver(
        LlmObservabilityOptions options, IEnumerable<ILlmSink> sinks, TimeProvider time, ILoggerFactory loggerFactory,
        IMeterFactory? meters = null, Func<string, ISegmentFiles>? files = null)
    {
        _options = options;
        _logger = new GuardedLogger(loggerFactory.CreateLogger("LlmObservability"));
        Time = time;
        Clock = new CallClock(time);
        EstimatesUsage = options.EstimateUsage;
        _tags = new TagResolver(options);
        _prices = new PriceBook(options, time, _logger);
        CallPrices = new CallPrices(_prices, _logger);
        _pipeline = new LlmPipeline(sinks, options.Pipeline, time, _logger, meters, files);
        Telemetry = new CallTelemetry(options.Telemetry, _tags.FoldedMetricTags, meters, DropsByReason, RecorderFailed);
        _callLog = CallLog.Create(options.CallLogLevel, loggerFactory, Telemetry.Conventions);
        Streams = new OpenStreams(options.AbandonedStreamTimeout, time, StreamForgotten);
        ApplySwitches(options);
    }

    /// <summary>Whether calls are observed. Can be switched at any time; with a configuration, its next change sets it anew.</summary>
    public bool Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    /// <summary>The prices in force: the catalog, and what the options and the price file say. Another one once a file has changed.</summary>
    public PriceCatalog Prices => _prices.Pricer.Catalog;

    internal TimeProvider Time { get; }

    internal CallClock Clock { get; }

    internal bool EstimatesUsage { get; }

    internal CallPrices CallPrices { get; }

    internal CallTelemetry Telemetry { get; }

    internal OpenStreams Streams { get; }

    /// <summary>What models asked for in calls that have ended.</summary>
    internal ToolRequests ToolRequests { get; } = new();

    /// <summary>The meter of the pipeline's own instruments.</summary>
    internal Meter PipelineMeter => _pipeline.Meter;

    /// <summary>Makes an observer without dependency injection or host, for a console program. Dispose it to write what waits.</summary>
    /// <param name="sinks">Where calls go; not disposed with the observer.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="timeProvider">Clock and timers; null for the system's.</param>
    /// <param name="loggerFactory">Loggers; null for none.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of its range.</exception>
    public static LlmObserver Create(
        IEnumerable<ILlmSink> sinks,
        LlmObservabilityOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        options ??= new LlmObservabilityOptions();
        LlmObservabilityOptionsValidator.ThrowIfInvalid(options);
        var observer = new LlmObserver(
            options, sinks, timeProvider ?? TimeProvider.System, loggerFactory ?? NullLoggerFactory.Instance);
        observer.Start();
        return observer;
    }

    /// <summary>Switches one sink off or on. With a configuration, its next change sets it anew.</summary>
    /// <param name="name">The sink's name, without regard to case; a name no sink has changes nothing.</param>
    /// <param name="enabled">Whether it takes calls. What waits for a sink that is switched off is counted as dropped.</param>
    public void SetSinkEnabled(string name, bool enabled) => _pipeline.SetEnabled(name, enabled);

    /// <summary>Records something learned about an earlier call. Does nothing while <see cref="Enabled"/> is false.</summary>
    /// <exception cref="ArgumentException">Its kind is <see cref="LlmVocabulary.Repricing"/>, which only a store's repricing writes.</exception>
    public void Amend(LlmAmendment amendment)
    {
        ArgumentNullException.ThrowIfNull(amendment);
        if (amendment.Kind == LlmVocabulary.Repricing)
        {
            throw new ArgumentException(
                "The kind 'repricing' is written by a store's repricing alone (PostgresLlmStore.RepriceAsync), together with the sums that it "
                + "changes: choose another word.",
                nameof(amendment));
        }

        if (_enabled)
        {
            _pipeline.Publish(new LlmAmendmentEnvelope(amendment));
        }
    }

    /// <summary>Says later that a call was answered from a cache: an amendment with the cost 0 and the similarity. Does nothing while <see cref="Enabled"/> is false.</summary>
    /// <param name="call">The call.</param>
    /// <param name="similarity">How similar the question was to the one that was answered before, usually 0 to 1.</param>
    public void AmendCached(LlmCall call, double? similarity = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        Amend(NewAmendment(call, LlmVocabulary.Similarity) with
        {
            Score = similarity,
            Cost = default(LlmCost),
            CostReason = LlmCostReason.Cached,
        });
    }

    /// <summary>Says later whether a call's answer was good, by the application's own measure. Does nothing while <see cref="Enabled"/> is false.</summary>
    /// <param name="call">The call.</param>
    /// <param name="passed">Whether it was good: the score 1 or 0.</param>
    /// <param name="name">Whose verdict it is; null for the application's only one.</param>
    /// <param name="label">A short text; never the answer itself.</param>
    public void AmendVerdict(LlmCall call, bool passed, string? name = null, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        Amend(NewAmendment(call, LlmVocabulary.Verdict) with { Name = name, Score = passed ? 1 : 0, Label = label });
    }

    /// <summary>What a stored call costs by the prices in force now, line by line, beside what was recorded.</summary>
    /// <param name="call">The call.</param>
    /// <param name="attempts">Its attempts; empty for a call without any.</param>
    /// <returns>An explanation for each attempt, in order; for a call without attempts its own (<see cref="CallPricer.Explain(LlmCall, IReadOnlyList{LlmAttempt})"/>).</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public IReadOnlyList<CostExplanation> ExplainCost(LlmCall call, IReadOnlyList<LlmAttempt> attempts) => _prices.Pricer.Explain(call, attempts);

    /// <summary>Returns once every record accepted before is written or counted as dropped. A sink that is down holds it up: bound it by the token.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first; nothing is lost by that.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _pipeline.FlushAsync(cancellationToken);

    /// <summary>What was counted so far.</summary>
    public LlmStatistics GetStatistics() => new()
    {
        Calls = Interlocked.Read(ref _calls),
        InProgress = Telemetry.InProgress,
        OpenStreams = Streams.Count,
        StreamsNeverDisposed = Interlocked.Read(ref _neverDisposed),
        CommitTimeouts = Interlocked.Read(ref _commitTimeouts),
        RecorderErrors = Interlocked.Read(ref _recorderErrors),
        CallsLost = _pipeline.CallsLost,
        LastCallLostAt = _pipeline.LastCallLostAt,
        Tags = _tags.Cuts.Snapshot(),
        Sinks = _pipeline.Snapshot(),
    };

    /// <summary>Writes what waits, within the shutdown budget, and stops. What remains is counted and logged.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Stops without waiting: what was not written is counted as dropped. Prefer <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        Streams.Dispose();
        _prices.Dispose();
        _pipeline.Dispose();
        Telemetry.Dispose();
    }

    internal void Start() => _pipeline.Start();

    internal Task PrepareAsync(CancellationToken cancellationToken) => _pipeline.PrepareAsync(cancellationToken);

    internal Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return Task.CompletedTask;
        }

        Streams.EndAll();
        return _pipeline.StopAsync(cancellationToken);
    }

    /// <summary>Takes over what may change while running.</summary>
    internal void ApplySwitches(LlmObservabilityOptions options)
    {
        _enabled = options.Enabled;
        _pipeline.SetEnabled(options.Sinks);
    }

    internal ResolvedTags Resolve(LlmScope? scope, CallTags tags)
    {
        var resolved = _tags.For(scope, tags);
        if (_userWarned == 0 && _tags.Cuts.AnyUserWithoutKey && Interlocked.Exchange(ref _userWarned, 1) == 0)
        {
            _logger.UserIdWithoutKey();
        }

        return resolved;
    }

    /// <summary>Begins the scope around the application's log lines inside a call, for the flow that follows; null for none.</summary>
    internal CallLogScope? BeginLogScope(DateTimeOffset startedAt, Guid? callId)
    {
        // Where the flow is suppressed, nobody would put it back.
        return _options.CallLogScope && !ExecutionContext.IsFlowSuppressed() ? CallLogScope.Begin(_logger, startedAt, callId) : null;
    }

    /// <summary>What checks the answer to a call that asks for JSON; null when that is switched off.</summary>
    internal AnswerCheck? CheckOf(ChatResponseFormatJson format) => _options.CheckJsonAnswers ? new AnswerCheck(format, _answers) : null;

    /// <summary>What known SDKs' own objects tell of a bill; null for nothing.</summary>
    internal LlmBilling? KnownBilling(object raw)
    {
        try
        {
            return _rawBilling.Read(raw);
        }
        catch (Exception error)
        {
            RecorderFailed(error);
            return null;
        }
    }

    /// <summary>What the application reads of a bill from a provider's own object; null where it does not, or fails to.</summary>
    internal LlmBilling? ReadBilling(object raw)
    {
        try
        {
            return _options.ReadBilling?.Invoke(raw);
        }
        catch (Exception error)
        {
            RecorderFailed(error);
            return null;
        }
    }

    /// <param name="call">The call.</param>
    /// <param name="attempts">Its attempts: one, an array, or null for none.</param>
    /// <param name="toolCalls">Its tool calls by ordinal; null for none.</param>
    internal CommitWaiter? Record(LlmCall call, object? attempts, LlmToolCall[]? toolCalls = null)
    {
        Interlocked.Increment(ref _calls);
        var commit = _pipeline.Publish(new LlmCallEnvelope(call)
        {
            AttemptsOrOne = attempts ?? Array.Empty<LlmAttempt>(),
            ToolCalls = toolCalls ?? [],
        });
        // Behind it: a logging provider may be slow, or what is made for it fail, and the record is on its way.
        TryLog(call);
        return commit;
    }

    private void TryLog(LlmCall call)
    {
        try
        {
            _callLog?.Write(call);
        }
        catch (Exception error)
        {
            RecorderFailed(error);
        }
    }

    /// <summary>Records a tool call of a call that has ended.</summary>
    internal void Record(LlmToolCallEnvelope toolCall) => _pipeline.Publish(toolCall);

    /// <summary>Waits for a commit, within the bound; never throws.</summary>
    internal async ValueTask CommittedAsync(CommitWaiter? commit, CancellationToken cancellationToken)
    {
        if (commit is null || commit.Task.IsCompleted)
        {
            if (commit is { IsInVain: true })
            {
                Interlocked.Increment(ref _commitTimeouts);
            }

            return;
        }

        try
        {
            // SuppressThrowing needs a plain Task; a time-out and the caller's cancellation both just end the wait.
            await commit.Task.WaitAsync(_options.Pipeline.CommitTimeout, Time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception error)
        {
            // The application's clock gave no timer: the call does not wait for its commit.
            RecorderFailed(error);
        }

        if (!commit.Task.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            Interlocked.Increment(ref _commitTimeouts);
        }
    }

    /// <summary>Telemetry failed beside a call: counted, and told once. The exception's type is logged, never its message, which may hold a prompt.</summary>
    internal void CallLost(Exception error)
    {
        _pipeline.CallLost();
        RecorderFailed(error);
    }

    /// <inheritdoc cref="CallLost"/>
    internal void RecorderFailed(Exception error)
    {
        if (Interlocked.Increment(ref _recorderErrors) == 1)
        {
            _logger.RecorderFailed(error.GetType().FullName, error.StackTrace);
        }
    }

    /// <summary>Another instrumentation stands inside a wrapper, so that the wrapper stays silent: told once.</summary>
    internal void TelemetryInside(string source)
    {
        if (Interlocked.Exchange(ref _insideWarned, 1) == 0)
        {
            _logger.TelemetryInside(source);
        }
    }

    private LlmAmendment NewAmendment(LlmCall call, string kind)
    {
        var now = Time.GetUtcNow();
        now = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        return new LlmAmendment
        {
            Id = LlmCallId.Create(now),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = now,
            Kind = kind,
        };
    }

    private SortedDictionary<string, long> DropsByReason()
    {
        var drops = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (reason, count) in _pipeline.Snapshot().SelectMany(sink => sink.Dropped))
        {
            drops[reason.ToName()] = drops.GetValueOrDefault(reason.ToName()) + count;
        }

        if (_pipeline.CallsLost is > 0 and var lost)
        {
            var name = LlmDropReason.RecorderError.ToName();
            drops[name] = drops.GetValueOrDefault(name) + lost;
        }

        return drops;
    }

    private void StreamForgotten()
    {
        if (Interlocked.Increment(ref _neverDisposed) == 1)
        {
            _logger.StreamNeverDisposed();
        }
    }
}
