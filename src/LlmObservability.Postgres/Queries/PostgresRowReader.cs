using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>Reads one row, column by column in the order of <see cref="PostgresColumns"/>.</summary>
internal struct PostgresRowReader(NpgsqlDataReader reader)
{
    private int _next;

    public static LlmCall Call(NpgsqlDataReader reader)
    {
        var row = new PostgresRowReader(reader);
        return new LlmCall
        {
            Id = row.Id(),
            StartedAt = row.Time(),
            TraceId = row.Text(),
            SpanId = row.Text(),
            ParentSpanId = row.Text(),
            Tags = row.Tags(),
            Operation = row.Text() ?? LlmVocabulary.Chat,
            OutputType = row.Text() ?? LlmVocabulary.Text,
            Provider = row.Text(),
            RequestModel = row.AfterModel(),
            ResponseModel = row.Text(),
            ResponseId = row.Text(),
            ServerAddress = row.Text(),
            ServerPort = row.Integer(),
            ServiceTier = row.Text(),
            Geo = row.Text(),
            Speed = row.Text(),
            WebSearchCount = row.Integer() ?? 0,
            InputCount = row.Integer(),
            Dimensions = row.Integer(),
            Http = row.Http(),
            Similarity = row.Number(),
            SchemaValidated = row.MaybeFlag(),
            SchemaErrors = row.Text(),
            Outcome = row.Outcome(),
            HttpStatus = row.Integer(),
            ErrorType = row.Text(),
            FinishReason = row.Text(),
            Streaming = row.Flag(),
            Cached = row.Flag(),
            AttemptCount = row.Integer() ?? 0,
            ToolCallCount = row.Integer() ?? 0,
            Tokens = row.Tokens(),
            Cost = row.Cost(),
            CostReason = row.CostReason() ?? default,
            PriceEntry = row.Text(),
            CatalogDate = row.Date(),
            Duration = row.Duration() ?? default,
            ProviderTime = row.Duration() ?? default,
            TimeToFirstToken = row.Duration(),
            QueueWait = row.Duration(),
            ChunkCount = row.Integer() ?? 0,
            LongestStall = row.Duration(),
        };
    }

    public static LlmAttempt Attempt(NpgsqlDataReader reader)
    {
        var row = new PostgresRowReader(reader) { _next = 2 };
        return new LlmAttempt
        {
            Ordinal = row.Integer() ?? 0,
            StartedAt = row.Time(),
            SpanId = row.Text(),
            ParentSpanId = row.Text(),
            Provider = row.Text(),
            RequestModel = row.Text(),
            ResponseModel = row.Text(),
            ResponseId = row.Text(),
            Http = row.Http(),
            ServerAddress = row.Text(),
            Outcome = row.Outcome(),
            HttpStatus = row.Integer(),
            ErrorType = row.Text(),
            FinishReason = row.Text(),
            Tokens = row.Tokens(),
            Cost = row.Cost(),
            CostReason = row.CostReason() ?? default,
            PriceEntry = row.Text(),
            CatalogDate = row.Date(),
            Duration = row.Duration() ?? default,
            TimeToFirstToken = row.Duration(),
        };
    }

    public static LlmToolCall ToolCall(NpgsqlDataReader reader)
    {
        var row = new PostgresRowReader(reader) { _next = 2 };
        return new LlmToolCall
        {
            Ordinal = row.Integer() ?? 0,
            StartedAt = row.Time(),
            TraceId = row.Text(),
            SpanId = row.Text(),
            ParentSpanId = row.Text(),
            Name = row.Text() ?? string.Empty,
            Type = row.Text() ?? LlmVocabulary.Function,
            ToolCallId = row.Text(),
            Outcome = row.Outcome(),
            ErrorType = row.Text(),
            Duration = row.Duration() ?? default,
        };
    }

    public static LlmAmendment Amendment(NpgsqlDataReader reader)
    {
        var row = new PostgresRowReader(reader);
        return new LlmAmendment
        {
            Id = row.Id(),
            CallId = row.Id(),
            CallStartedAt = row.Time(),
            CreatedAt = row.Time(),
            Kind = row.Text() ?? string.Empty,
            Name = row.Text(),
            Score = row.Number(),
            Label = row.Text(),
            Cost = row.Cost(),
            CostReason = row.CostReason(),
            PriceEntry = row.Text(),
            CatalogDate = row.Date(),
        };
    }

    private Guid Id() => reader.GetGuid(_next++);

    private DateTimeOffset Time() => reader.GetFieldValue<DateTimeOffset>(_next++);

    private string? Text() => Missing(out var i) ? null : reader.GetString(i);

    private string? AfterModel()
    {
        _next++; // The model by which calls are grouped follows from the next two.
        return Text();
    }

    private long? Long() => Missing(out var i) ? null : reader.GetInt64(i);

    private int? Integer() => Missing(out var i) ? null : reader.GetInt32(i);

    private double? Number() => Missing(out var i) ? null : reader.GetDouble(i);

    private bool Flag() => reader.GetBoolean(_next++);

    private bool? MaybeFlag() => Missing(out var i) ? null : reader.GetBoolean(i);

    private LlmHttpDetail? Http()
    {
        var (requestId, sendCount, retryAfter, requests, tokens) = (Text(), Integer(), Duration(), Long(), Long());
        return sendCount is not { } sent ? null : new LlmHttpDetail
        {
            RequestId = requestId,
            SendCount = sent,
            RetryAfter = retryAfter,
            RemainingRequests = requests,
            RemainingTokens = tokens,
        };
    }

    private DateOnly? Date() => Missing(out var i) ? null : reader.GetFieldValue<DateOnly>(i);

    private TimeSpan? Duration() => Long() is { } microseconds ? new TimeSpan(microseconds * TimeSpan.TicksPerMicrosecond) : null;

    private LlmOutcome Outcome() => LlmVocabulary.TryParseOutcome(Text(), out var outcome) ? outcome : default;

    private LlmCostReason? CostReason() => LlmVocabulary.TryParseCostReason(Text(), out var reason) ? reason : null;

    private LlmTags Tags()
    {
        var tags = new LlmTags
        {
            User = Text(),
            Tenant = Text(),
            Session = Text(),
            Conversation = Text(),
            Episode = Text(),
            Route = Text(),
            Feature = Text(),
            Config = Text(),
            Variant = Text(),
            Environment = Text(),
            Service = Text(),
            ServiceVersion = Text(),
        };
        return PostgresJson.Tags(Text(), tags);
    }

    private LlmTokens Tokens()
    {
        _ = LlmVocabulary.TryParseUsageSource(Text(), out var source);
        _next++; // The total is the classes' sum.
        var (uncached, cacheRead, write5m, write1h) = (Long(), Long(), Long(), Long());
        _next++; // So is this one.
        var (visible, reasoning) = (Long(), Long());
        return new LlmTokens
        {
            Source = source,
            UncachedInput = uncached ?? 0,
            CacheRead = cacheRead ?? 0,
            CacheWrite5m = write5m ?? 0,
            CacheWrite1h = write1h ?? 0,
            VisibleOutput = visible ?? 0,
            Reasoning = reasoning ?? 0,
            Detail = PostgresJson.Detail(Text()),
        };
    }

    private LlmCost? Cost()
    {
        var (total, input, cachedInput, output, fees) = (Long(), Long(), Long(), Long(), Long());
        return total is null ? null : new LlmCost
        {
            InputNanos = input ?? 0,
            CachedInputNanos = cachedInput ?? 0,
            OutputNanos = output ?? 0,
            FeesNanos = fees ?? 0,
        };
    }

    private bool Missing(out int ordinal)
    {
        ordinal = _next++;
        return reader.IsDBNull(ordinal);
    }
}
