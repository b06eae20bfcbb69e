using LlmObservability.Sinks;

namespace LlmObservability.Testing;

/// <summary>
/// Realistic calls from a seed: every outcome, usage source and cost reason, missing values, own tags, ties in time, and
/// text that is hard on encodings and on SQL. Ids are random; all else follows from the seed and the time of the first call.
/// Calls keep the invariants of what a recorder makes. Not thread-safe.
/// </summary>
public sealed class ScriptedCalls
{
    /// <summary>Text that tries to leave its quotes.</summary>
    public const string LooksLikeSql = "'; DROP TABLE llm_calls; -- \" \\ $1 @p0";

    // U+FF5E sorts before the emoji by code point and after it by UTF-16 code unit.
    private static readonly string?[] Models = ["gpt-4.1", "gpt-4.1-mini", "claude-sonnet-4", "模型-大", "\uff5etilde", "😀-model", "Gpt-4.1", null];
    private static readonly string?[] Users = ["ユーザー", "o'brien", "user%1", "user_1", "USER_1", "é", "e\u0301", null, null];
    private static readonly string?[] Tenants = ["acme", "Acme", "", "zürich", null];
    private static readonly string?[] Features = ["chat", "search", "summary", LooksLikeSql, null];
    private static readonly string[] Teams = ["red", "blue", "grün", LooksLikeSql, "", "100%_\\done"];

    private readonly Random _random;

    // Their own dice, so that all else of a seed is what it was before there were these ids.
    private readonly Random _spans;
    private readonly TimeSpan _span;
    private readonly DateTimeOffset _first;
    private DateTimeOffset? _last;
    private int _number;

    /// <summary>Calls between <paramref name="first"/> (cut to whole microseconds) and a span after it.</summary>
    public ScriptedCalls(int seed, DateTimeOffset first, TimeSpan span)
    {
        _random = new Random(seed);
        _spans = new Random(seed);
        _first = new DateTimeOffset(first.UtcTicks / 10 * 10, TimeSpan.Zero);
        _span = span;
    }

    /// <summary>Midnight UTC ten days before the tests began: inside every store's window, with room before and after.</summary>
    public static DateTimeOffset TenDaysAgo { get; } = new(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(-10), TimeSpan.Zero);

    /// <summary>Calls of three days, the first ten days ago.</summary>
    public static IReadOnlyList<LlmCallEnvelope> Create(int count, int seed = 1)
    {
        var script = new ScriptedCalls(seed, TenDaysAgo, TimeSpan.FromDays(3));
        return [.. Enumerable.Range(0, count).Select(_ => script.NextEnvelope())];
    }

    /// <summary>The next call with its attempts and tool calls.</summary>
    public LlmCallEnvelope NextEnvelope()
    {
        var call = NextCall();
        return new LlmCallEnvelope(call)
        {
            Attempts = call.AttemptCount == 1 ? [] : [.. Enumerable.Range(1, call.AttemptCount).Select(ordinal => Attempt(call, ordinal))],
            ToolCalls = [.. Enumerable.Range(1, call.ToolCallCount).Select(ordinal => ToolCall(call, ordinal))],
        };
    }

    /// <summary>The next call.</summary>
    public LlmCall NextCall()
    {
        _number++;
        var startedAt = StartedAt();
        var outcome = (LlmOutcome)(_random.Next(10) < 6 ? 0 : _random.Next(4));
        var streaming = Chance(0.5);
        var cached = Chance(0.1);
        var tokens = Tokens();
        var reason = CostReason(cached, tokens);
        var cost = Cost(reason);
        var requestModel = Pick(Models);
        var answered = outcome != LlmOutcome.Failed && Chance(0.9);
        var provider = Some(0.95, Pick(["openai", "anthropic", "azure.ai.openai"]));
        var server = Some(0.7, $"{provider ?? "local"}.example.com");
        var providerTime = Microseconds(50_000_000);
        return new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            TraceId = Some(0.8, Hex(16)),
            SpanId = Some(0.8, Hex(8)),
            ParentSpanId = SpanId(),
            Tags = Tags(),
            Operation = Chance(0.9) ? "chat" : "execute_tool",
            OutputType = Chance(0.7) ? "text" : "json",
            Provider = provider,
            RequestModel = requestModel,
            ResponseModel = answered ? Some(0.7, requestModel is null ? "gpt-4.1" : requestModel + "-2025-04-14") : null,
            ResponseId = answered ? Some(0.9, "resp_" + Hex(8)) : null,
            ServerAddress = server,
            ServerPort = server is null ? null : 443,
            Geo = Some(0.1, Pick(["us", "eu"])),
            Speed = Some(0.1, "fast"),
            InputCount = Chance(0.1) ? _random.Next(1, 100) : null,
            Dimensions = Chance(0.1) ? 1_536 : null,
            Http = Http(),
            Similarity = cached && Chance(0.5) ? _random.Next(1, 100) / 100d : null,
            SchemaValidated = Chance(0.2) ? Chance(0.7) : null,
            SchemaErrors = Some(0.1, "/a: required\n/b: type"),
            ChunkCount = streaming ? _random.Next(50) : 0,
            LongestStall = streaming && Chance(0.8) ? Microseconds(2_000_000) : null,
            WebSearchCount = Chance(0.1) ? _random.Next(1, 9) : 0,
            ServiceTier = Some(0.2, Pick(["batch", "flex", "priority"])),
            Outcome = outcome,
            HttpStatus = outcome == LlmOutcome.Failed && Chance(0.8) ? Pick([400, 429, 500, 503]) : null,
            ErrorType = outcome == LlmOutcome.Failed ? Pick(["System.TimeoutException", "System.Net.Http.HttpRequestException"]) : null,
            FinishReason = outcome == LlmOutcome.Completed ? Some(0.95, Pick(["stop", "length", "tool_calls"])) : null,
            Streaming = streaming,
            Cached = cached,
            AttemptCount = Chance(0.8) ? 1 : _random.Next(2, 5),
            ToolCallCount = Chance(0.7) ? 0 : _random.Next(1, 4),
            Tokens = tokens,
            Cost = cost,
            CostReason = reason,
            PriceEntry = reason == LlmCostReason.Priced ? $"{provider ?? "local"}/{requestModel ?? "none"}" : null,
            CatalogDate = reason == LlmCostReason.Priced ? new DateOnly(2025, 6, _random.Next(1, 29)) : null,
            ProviderTime = Chance(0.05) ? TimeSpan.Zero : providerTime,
            Duration = providerTime + Microseconds(1_000_000),
            TimeToFirstToken = streaming && Chance(0.8) ? Microseconds(3_000_000) : null,
            QueueWait = Chance(0.3) ? Microseconds(500_000) : null,
        };
    }

    /// <summary>An amendment to a call, made some time after it.</summary>
    public LlmAmendment AmendmentOf(LlmCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var createdAt = call.StartedAt + Microseconds(3_600_000_000);
        var repriced = Chance(0.4);
        return new LlmAmendment
        {
            Id = LlmCallId.Create(createdAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = createdAt,
            Kind = repriced ? "correction" : Pick(["feedback", "verdict", "similarity"]),
            Name = Some(0.5, "überprüft"),
            Score = Chance(0.6) ? _random.NextDouble() : null,
            Label = Some(0.5, LooksLikeSql),
            Cost = repriced ? Cost(LlmCostReason.Priced) : null,
            CostReason = repriced ? LlmCostReason.Priced : null,
            PriceEntry = repriced ? "openai/gpt-4.1" : null,
            CatalogDate = repriced ? new DateOnly(2025, 7, 1) : null,
        };
    }

    private DateTimeOffset StartedAt()
    {
        // Every tenth call shares its start with the one before: only the id can tell them apart.
        if (_last is { } last && _number % 10 == 0)
        {
            return last;
        }

        var startedAt = _first + Microseconds(_span.Ticks / TimeSpan.TicksPerMicrosecond);
        _last = startedAt;
        return startedAt;
    }

    private LlmTags Tags()
    {
        var custom = new List<KeyValuePair<string, string>>();
        if (Chance(0.7))
        {
            custom.Add(new("team", Pick(Teams)));
        }

        if (Chance(0.2))
        {
            custom.Add(new("we\"ird'key; --", "値"));
        }

        return new LlmTags(custom)
        {
            User = Pick(Users),
            Tenant = Pick(Tenants),
            Session = Some(0.5, $"session-{_random.Next(20)}"),
            Conversation = Some(0.5, $"conversation-{_random.Next(20)}"),
            Episode = Some(0.3, $"episode-{_random.Next(5)}"),
            Route = Some(0.8, Pick(["/chat", "/search", "/chat/{id}"])),
            Feature = Pick(Features),
            Config = Some(0.5, Pick(["a", "b"])),
            Variant = Some(0.5, Pick(["control", "treatment"])),
            Environment = Some(0.9, Pick(["production", "staging"])),
            Service = Some(0.9, "shop"),
            ServiceVersion = Some(0.9, Pick(["1.9.0", "1.10.0"])),
        };
    }

    private LlmHttpDetail? Http() => Chance(0.6) ? null : new LlmHttpDetail
    {
        RequestId = Some(0.8, "req_" + Hex(6)),
        SendCount = _random.Next(1, 4),
        RetryAfter = Chance(0.2) ? Microseconds(5_000_000) : null,
        RemainingRequests = Chance(0.5) ? _random.Next(10_000) : null,
        RemainingTokens = Chance(0.5) ? 5_000_000_000L + _random.Next(1_000_000) : null,
    };

    private LlmTokens Tokens()
    {
        var source = (LlmUsageSource)(Chance(0.6) ? 1 : _random.Next(3));
        return source == LlmUsageSource.Missing ? default : new LlmTokens
        {
            Source = source,
            UncachedInput = _random.Next(5_000),
            CacheRead = Chance(0.5) ? _random.Next(20_000) : 0,
            CacheWrite5m = Chance(0.3) ? _random.Next(1_000) : 0,
            CacheWrite1h = Chance(0.1) ? _random.Next(1_000) : 0,
            VisibleOutput = Chance(0.1) ? 0 : _random.Next(2_000),
            Reasoning = Chance(0.3) ? _random.Next(3_000) : 0,
            Detail = Chance(0.2) ? Detail() : null,
        };
    }

    private LlmTokenDetail Detail() => new()
    {
        AudioInput = _random.Next(1, 100),
        ImageInput = _random.Next(100),
        VideoInput = _random.Next(100),
        AudioCacheRead = _random.Next(100),
        ImageCacheRead = _random.Next(100),
        AudioOutput = _random.Next(100),
        ImageOutput = _random.Next(100),
        VideoOutput = _random.Next(100),
        Citation = _random.Next(100),
    };

    private LlmCostReason CostReason(bool cached, LlmTokens tokens)
    {
        if (cached)
        {
            return LlmCostReason.Cached;
        }

        return tokens.Source == LlmUsageSource.Missing ? LlmCostReason.MissingUsage
            : Chance(0.7) ? LlmCostReason.Priced
            : Pick([LlmCostReason.ReportedByProvider, LlmCostReason.UnknownModel, LlmCostReason.IncompleteUsage, LlmCostReason.InvalidUsage, LlmCostReason.OutOfRange]);
    }

    private LlmCost? Cost(LlmCostReason reason)
    {
        return reason switch
        {
            LlmCostReason.Priced or LlmCostReason.ReportedByProvider => new LlmCost
            {
                InputNanos = _random.NextInt64(5_000_000_000),
                CachedInputNanos = _random.NextInt64(1_000_000),
                OutputNanos = _random.NextInt64(5_000_000_000),
                FeesNanos = Chance(0.1) ? 10_000_000 : 0,
            },
            LlmCostReason.Cached => default(LlmCost),
            _ => null,
        };
    }

    private LlmAttempt Attempt(LlmCall call, int ordinal)
    {
        var tokens = Tokens();
        var reason = CostReason(false, tokens);
        var last = ordinal == call.AttemptCount;
        return new LlmAttempt
        {
            Ordinal = ordinal,
            StartedAt = call.StartedAt + TimeSpan.FromMicroseconds(ordinal * 1_001),
            SpanId = SpanId(),
            ParentSpanId = SpanId(),
            Provider = call.Provider,
            RequestModel = call.RequestModel,
            ResponseModel = last ? call.ResponseModel : null,
            ResponseId = last ? call.ResponseId : null,
            Http = Http(),
            ServerAddress = call.ServerAddress,
            Outcome = last ? call.Outcome : LlmOutcome.Failed,
            HttpStatus = last ? call.HttpStatus : 429,
            ErrorType = last ? call.ErrorType : "System.Net.Http.HttpRequestException",
            FinishReason = last ? call.FinishReason : null,
            Tokens = tokens,
            Cost = Cost(reason),
            CostReason = reason,
            PriceEntry = reason == LlmCostReason.Priced ? "openai/gpt-4.1" : null,
            CatalogDate = reason == LlmCostReason.Priced ? new DateOnly(2025, 6, 1) : null,
            Duration = Microseconds(5_000_000),
            TimeToFirstToken = Chance(0.5) ? Microseconds(1_000_000) : null,
        };
    }

    private LlmToolCall ToolCall(LlmCall call, int ordinal)
    {
        var outcome = (LlmOutcome)_random.Next(4);
        return new LlmToolCall
        {
            Ordinal = ordinal,
            StartedAt = call.StartedAt + TimeSpan.FromMicroseconds(ordinal * 2_003),
            TraceId = call.TraceId,
            SpanId = SpanId(),
            ParentSpanId = SpanId(),
            Name = Pick(["search", "get_wetter_für", "calc"]),
            Type = Pick(["function", "mcp"]),
            ToolCallId = Some(0.9, "call_" + Hex(6)),
            Outcome = outcome,
            ErrorType = outcome == LlmOutcome.Failed ? "System.InvalidOperationException" : null,
            Duration = Microseconds(5_000_000),
        };
    }

    private bool Chance(double share) => _random.NextDouble() < share;

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];

    private string? Some(double share, string value) => Chance(share) ? value : null;

    private TimeSpan Microseconds(long below) => TimeSpan.FromMicroseconds(_random.NextInt64(1, below));

    private string? SpanId() => _spans.Next(10) < 6 ? _spans.NextInt64(1, long.MaxValue).ToString("x16", System.Globalization.CultureInfo.InvariantCulture) : null;

    private string Hex(int bytes)
    {
        var buffer = new byte[bytes];
        _random.NextBytes(buffer);
        return Convert.ToHexString(buffer).ToLowerInvariant();
    }
}
