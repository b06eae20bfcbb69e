using System.Globalization;
using LlmObservability.Sinks;

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>Makes finished calls from a visit and a seed. For one thread at a time.</summary>
internal sealed class CallMaker(SeededRandom random)
{
    private const int DaysARelease = 4;
    private const int DaysAConfig = 10;

    private static readonly DateOnly CatalogDate = new(2026, 1, 1);
    private static readonly string[] ToolNames = ["search_products", "get_order", "lookup_customer", "create_ticket", "run_query"];
    private static readonly Shares ToolShares = Shares.Zipf(ToolNames.Length, 1);
    private static readonly string[] Versions = [.. Enumerable.Range(0, 200).Select(release => string.Create(CultureInfo.InvariantCulture, $"2.{release}.0"))];
    private static readonly string[] Configs = [.. Enumerable.Range(0, 100).Select(config => string.Create(CultureInfo.InvariantCulture, $"v{config}"))];

    public LlmCallEnvelope Make(Visit visit, DateTimeOffset startedAt)
    {
        var (lane, model) = (visit.Lane, visit.Lane.Model);
        var course = Course.Of(lane, random);
        var usage = Usage.Of(lane, course, random);
        var timing = Timing.Of(lane, course, usage.Tokens, random);
        var responded = (course.Answered && !course.Cached) || course.Outcome == LlmOutcome.Abandoned;
        var call = new LlmCall
        {
            Id = IdOf(startedAt, random.NextBits()),
            StartedAt = startedAt,
            TraceId = random.Hex("", 32),
            SpanId = random.Hex("", 16),
            Tags = TagsOf(visit, startedAt),
            Operation = model.Embeds ? LlmVocabulary.Embeddings : LlmVocabulary.Chat,
            OutputType = course.SchemaValidated is null ? LlmVocabulary.Text : LlmVocabulary.Json,
            Provider = model.Provider,
            RequestModel = model.RequestModel,
            ResponseModel = responded || course.Cached ? model.ResponseModel : null,
            ResponseId = responded && !model.Embeds ? random.Hex(model.ResponsePrefix, 24) : null,
            ServerAddress = model.Server,
            ServerPort = 443,
            Outcome = course.Outcome,
            HttpStatus = course.Failure?.HttpStatus,
            ErrorType = course.Failure?.ErrorType,
            FinishReason = !course.Answered || model.Embeds ? null : course.Tools > 0 ? "tool_calls" : random.Hits(0.01) ? "length" : "stop",
            Streaming = course.Streaming,
            Cached = course.Cached,
            AttemptCount = course.Cached ? 0 : course.TwoAttempts ? 2 : 1,
            ToolCallCount = course.Tools,
            InputCount = model.Embeds ? 16 : null,
            Dimensions = model.Embeds ? 1536 : null,
            SchemaValidated = course.SchemaValidated,
            SchemaErrors = course.SchemaValidated == false ? "/items/0/price: expected number" : null,
            Tokens = usage.Tokens,
            Cost = usage.Cost,
            CostReason = usage.Reason,
            PriceEntry = usage.Reason == LlmCostReason.Priced ? model.PriceEntry : null,
            CatalogDate = usage.Reason == LlmCostReason.Priced ? CatalogDate : null,
            Duration = timing.Duration,
            ProviderTime = timing.ProviderTime,
            TimeToFirstToken = timing.TimeToFirstToken,
            ChunkCount = timing.Chunks,
            LongestStall = timing.LongestStall,
        };
        return !course.TwoAttempts && course.Tools == 0
            ? new LlmCallEnvelope(call)
            : new LlmCallEnvelope(call)
            {
                Attempts = course.TwoAttempts ? AttemptsOf(call) : [],
                ToolCalls = [.. Enumerable.Range(1, course.Tools).Select(ordinal => ToolOf(call, ordinal))],
            };
    }

    /// <summary>As <see cref="LlmCallId.Create"/> makes them, from the seed.</summary>
    public static Guid IdOf(DateTimeOffset startedAt, ulong bits)
    {
        var (milliseconds, rest) = Math.DivRem(startedAt.UtcTicks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerMillisecond);
        var fraction = rest * 4096 / TimeSpan.TicksPerMillisecond;
        return new Guid(
            (uint)(milliseconds >> 16), (ushort)milliseconds, (ushort)(0x7000 | fraction),
            (byte)(0x80 | ((bits >> 56) & 0x3F)), (byte)(bits >> 48), (byte)(bits >> 40), (byte)(bits >> 32),
            (byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits);
    }

    private LlmTags TagsOf(Visit visit, DateTimeOffset startedAt)
    {
        var route = visit.Lane.Route;
        var day = DateOnly.FromDateTime(startedAt.UtcDateTime).DayNumber;
        return new LlmTags(OwnTags.Of(visit.OnProPlan, random))
        {
            User = visit.User,
            Tenant = visit.Tenant,
            Session = visit.Session,
            Conversation = visit.Conversation,
            Route = route.Route,
            Feature = route.Feature,
            Config = Configs[day / DaysAConfig % Configs.Length],
            Variant = visit.Variant,
            Environment = visit.Lane.Environment,
            Service = route.Service,
            ServiceVersion = Versions[day / DaysARelease % Versions.Length],
        };
    }

    /// <summary>The first fails and another follows; that one ends as the call does.</summary>
    private LlmAttempt[] AttemptsOf(LlmCall call)
    {
        var failure = Failure.Pick(random);
        var lost = TimeSpan.FromMicroseconds(call.Duration.Ticks / TimeSpan.TicksPerMicrosecond / 3);
        var second = new LlmAttempt
        {
            Ordinal = 2,
            StartedAt = call.StartedAt + lost,
            Provider = call.Provider,
            RequestModel = call.RequestModel,
            ResponseModel = call.ResponseModel,
            ResponseId = call.ResponseId,
            ServerAddress = call.ServerAddress,
            Outcome = call.Outcome,
            HttpStatus = call.HttpStatus,
            ErrorType = call.ErrorType,
            FinishReason = call.FinishReason,
            Tokens = call.Tokens,
            Cost = call.Cost,
            CostReason = call.CostReason,
            PriceEntry = call.PriceEntry,
            CatalogDate = call.CatalogDate,
            Duration = call.Duration - lost,
            TimeToFirstToken = call.TimeToFirstToken,
        };
        return
        [
            new LlmAttempt
            {
                Ordinal = 1,
                StartedAt = call.StartedAt,
                Provider = call.Provider,
                RequestModel = call.RequestModel,
                ServerAddress = call.ServerAddress,
                Outcome = LlmOutcome.Failed,
                HttpStatus = failure.HttpStatus,
                ErrorType = failure.ErrorType,
                CostReason = LlmCostReason.MissingUsage,
                Duration = lost,
            },
            second,
        ];
    }

    private LlmToolCall ToolOf(LlmCall call, int ordinal) => new()
    {
        Ordinal = ordinal,
        StartedAt = call.StartedAt + call.Duration,
        Name = ToolNames[ToolShares.Pick(random)],
        ToolCallId = random.Hex("call_", 24),
        Outcome = LlmOutcome.Completed,
        Duration = TimeSpan.FromMicroseconds((long)random.LogNormal(40_000, 0.9)),
    };
}
