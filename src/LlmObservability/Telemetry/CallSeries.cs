namespace LlmObservability.Telemetry;

/// <summary>
/// The counters of one combination of attributes, and the attributes themselves, ready made. Counting is an addition:
/// the instruments read the sums when somebody collects. Thread-safe.
/// </summary>
internal sealed class CallSeries
{
    private const int LowestFailure = 400;
    private const int FailureCount = 200;

    private readonly long[] _requests = new long[Enum.GetValues<LlmOutcome>().Length];
    private readonly long[] _unpriced = new long[Enum.GetValues<LlmCostReason>().Length];
    private readonly long[] _tokens = new long[TokenTypeNames.Length];
    private readonly long[] _usage = new long[TokenTypeNames.Length];
    private readonly long[] _cost = new long[CostPartNames.Length];

    private long[]? _failures;
    private long _answered;
    private long _cached;
    private long _schemaFailures;

    public CallSeries(KeyValuePair<string, object?>[] attributes, string? responseModel, bool isFolded)
    {
        Attributes = attributes;
        ResponseModel = responseModel;
        IsFolded = isFolded;
        InputAttributes = [.. attributes, new(TelemetryNames.GenAi.TokenType, TelemetryNames.TokenTypes.Input)];
        OutputAttributes = [.. attributes, new(TelemetryNames.GenAi.TokenType, TelemetryNames.TokenTypes.Output)];
    }

    /// <summary>The classes of <see cref="Tokens"/>, in order.</summary>
    public static string[] TokenTypeNames { get; } =
    [
        TelemetryNames.TokenTypes.Input, TelemetryNames.TokenTypes.CacheRead, TelemetryNames.TokenTypes.CacheWrite,
        TelemetryNames.TokenTypes.Output, TelemetryNames.TokenTypes.Reasoning,
    ];

    /// <summary>The parts of <see cref="CostNanos"/>, in order.</summary>
    public static string[] CostPartNames { get; } =
    [
        TelemetryNames.CostParts.Input, TelemetryNames.CostParts.CachedInput, TelemetryNames.CostParts.Output,
        TelemetryNames.CostParts.Fees,
    ];

    public KeyValuePair<string, object?>[] Attributes { get; }

    public string? ResponseModel { get; }

    /// <summary>Whether it stands for all that is not told apart.</summary>
    public bool IsFolded { get; }

    /// <summary>With the token type of the conventions' histogram.</summary>
    public KeyValuePair<string, object?>[] InputAttributes { get; }

    /// <inheritdoc cref="InputAttributes"/>
    public KeyValuePair<string, object?>[] OutputAttributes { get; }

    public long Requests(LlmOutcome outcome) => Interlocked.Read(ref _requests[(int)outcome]);

    /// <summary>Calls answered from the application's cache.</summary>
    public long Cached => Interlocked.Read(ref _cached);

    /// <summary>Answers asked for as JSON that were not, or not as their schema says.</summary>
    public long SchemaFailures => Interlocked.Read(ref _schemaFailures);

    /// <summary>Calls that a provider answered, by HTTP status. Clients tell the status of a refusal alone: 200 is assumed of every other answer, as LLM gateways count them.</summary>
    public IEnumerable<(int Status, long Count)> Responses
    {
        get
        {
            yield return (200, Interlocked.Read(ref _answered));
            for (var i = 0; Volatile.Read(ref _failures) is { } failures && i < FailureCount; i++)
            {
                yield return (LowestFailure + i, Interlocked.Read(ref failures[i]));
            }
        }
    }

    public long AllRequests => Enum.GetValues<LlmOutcome>().Sum(Requests);

    /// <summary>As <see cref="Tokens"/>, without the calls that another instrumentation records.</summary>
    public long Usage(int type) => Interlocked.Read(ref _usage[type]);

    public long Unpriced(LlmCostReason reason) => Interlocked.Read(ref _unpriced[(int)reason]);

    public long Tokens(int type) => Interlocked.Read(ref _tokens[type]);

    public long CostNanos(int part) => Interlocked.Read(ref _cost[part]);

    public void Count(LlmCall call, bool withUsage)
    {
        Interlocked.Increment(ref _requests[(int)call.Outcome]);
        CountResponse(call);
        Add(_tokens, call.Tokens);
        if (withUsage)
        {
            Add(_usage, call.Tokens);
        }

        if (call.Cost is { } cost)
        {
            Add(_cost, 0, cost.InputNanos);
            Add(_cost, 1, cost.CachedInputNanos);
            Add(_cost, 2, cost.OutputNanos);
            Add(_cost, 3, cost.FeesNanos);
        }
        else
        {
            Interlocked.Increment(ref _unpriced[(int)call.CostReason]);
        }
    }

    private void CountResponse(LlmCall call)
    {
        if (call.Cached)
        {
            Interlocked.Increment(ref _cached);
        }
        else if (call.HttpStatus is { } status)
        {
            if (status is >= LowestFailure and < LowestFailure + FailureCount)
            {
                Interlocked.Increment(ref LazyInitializer.EnsureInitialized(ref _failures, static () => new long[FailureCount])[status - LowestFailure]);
            }
        }
        else if (call.Outcome == LlmOutcome.Completed || call.TimeToFirstToken is not null)
        {
            // One that was left, or broke off, after its first token had been answered too.
            Interlocked.Increment(ref _answered);
        }

        if (call.SchemaValidated == false)
        {
            Interlocked.Increment(ref _schemaFailures);
        }
    }

    private static void Add(long[] sums, in LlmTokens tokens)
    {
        var detail = tokens.Detail;
        // The rare classes (audio, images) belong to the class that they are a kind of, so that all five add up.
        Add(sums, 0, tokens.UncachedInput + (detail is null ? 0 : detail.AudioInput + detail.ImageInput + detail.VideoInput));
        Add(sums, 1, tokens.CacheRead + (detail is null ? 0 : detail.AudioCacheRead + detail.ImageCacheRead));
        Add(sums, 2, tokens.CacheWrite5m + tokens.CacheWrite1h);
        Add(sums, 3, tokens.VisibleOutput + (detail?.TotalOutput ?? 0));
        Add(sums, 4, tokens.Reasoning);
    }

    private static void Add(long[] sums, int index, long value)
    {
        if (value != 0)
        {
            Interlocked.Add(ref sums[index], value);
        }
    }
}
