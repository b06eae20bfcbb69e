using System.Globalization;
using System.Text;
using LlmObservability.Queries;

namespace LlmObservability.Testing.Stores;

/// <summary>What the contract's tests hold true about calls, written without the code under test: fields, order, conditions.</summary>
internal static class CallFacts
{
    public static readonly LlmField Team = LlmField.Tag("team");

    private static readonly Dictionary<LlmField, Func<LlmCall, object?>> Readers = new()
    {
        [LlmField.Id] = c => c.Id,
        [LlmField.StartedAt] = c => c.StartedAt,
        [LlmField.TraceId] = c => c.TraceId,
        [LlmField.User] = c => c.Tags.User,
        [LlmField.Tenant] = c => c.Tags.Tenant,
        [LlmField.Session] = c => c.Tags.Session,
        [LlmField.Conversation] = c => c.Tags.Conversation,
        [LlmField.Episode] = c => c.Tags.Episode,
        [LlmField.Route] = c => c.Tags.Route,
        [LlmField.Feature] = c => c.Tags.Feature,
        [LlmField.Config] = c => c.Tags.Config,
        [LlmField.Variant] = c => c.Tags.Variant,
        [LlmField.Environment] = c => c.Tags.Environment,
        [LlmField.Service] = c => c.Tags.Service,
        [LlmField.ServiceVersion] = c => c.Tags.ServiceVersion,
        [LlmField.Operation] = c => c.Operation,
        [LlmField.OutputType] = c => c.OutputType,
        [LlmField.Provider] = c => c.Provider,
        [LlmField.Model] = c => c.ResponseModel ?? c.RequestModel,
        [LlmField.RequestModel] = c => c.RequestModel,
        [LlmField.ResponseModel] = c => c.ResponseModel,
        [LlmField.ResponseId] = c => c.ResponseId,
        [LlmField.ServerAddress] = c => c.ServerAddress,
        [LlmField.ServiceTier] = c => c.ServiceTier,
        [LlmField.Geo] = c => c.Geo,
        [LlmField.Speed] = c => c.Speed,
        [LlmField.WebSearchCount] = c => (long)c.WebSearchCount,
        [LlmField.InputCount] = c => (long?)c.InputCount,
        [LlmField.Dimensions] = c => (long?)c.Dimensions,
        [LlmField.ProviderRequestId] = c => c.Http?.RequestId,
        [LlmField.HttpSendCount] = c => (long?)c.Http?.SendCount,
        [LlmField.Similarity] = c => c.Similarity,
        [LlmField.SchemaValidated] = c => c.SchemaValidated,
        [LlmField.ChunkCount] = c => (long)c.ChunkCount,
        [LlmField.LongestStallUs] = c => c.LongestStall?.Ticks / 10,
        [LlmField.Outcome] = c => c.Outcome.ToString().ToLowerInvariant(),
        [LlmField.HttpStatus] = c => (long?)c.HttpStatus,
        [LlmField.ErrorType] = c => c.ErrorType,
        [LlmField.FinishReason] = c => c.FinishReason,
        [LlmField.Streaming] = c => c.Streaming,
        [LlmField.Cached] = c => c.Cached,
        [LlmField.AttemptCount] = c => (long)c.AttemptCount,
        [LlmField.ToolCallCount] = c => (long)c.ToolCallCount,
        [LlmField.UsageSource] = c => c.Tokens.Source.ToString().ToLowerInvariant(),
        [LlmField.InputTokens] = c => HasUsage(c) ? c.Tokens.Input : null,
        [LlmField.CacheReadTokens] = c => HasUsage(c) ? c.Tokens.CacheRead : null,
        [LlmField.OutputTokens] = c => HasUsage(c) ? c.Tokens.Output : null,
        [LlmField.ReasoningTokens] = c => HasUsage(c) ? c.Tokens.Reasoning : null,
        [LlmField.CostNanos] = c => c.Cost?.TotalNanos,
        [LlmField.CostReason] = c => c.CostReason.ToName(),
        [LlmField.PriceEntry] = c => c.PriceEntry,
        [LlmField.DurationUs] = c => c.Duration.Ticks / 10,
        [LlmField.ProviderTimeUs] = c => c.ProviderTime.Ticks / 10,
        [LlmField.TimeToFirstTokenUs] = c => c.TimeToFirstToken?.Ticks / 10,
        [LlmField.QueueWaitUs] = c => c.QueueWait?.Ticks / 10,
        [LlmField.OutputTokensPerSecond] = c => c.OutputTokensPerSecond,
        [Team] = c => c.Tags.Custom.Where(tag => tag.Key == "team").Select(tag => tag.Value).FirstOrDefault(),
    };

    public static IReadOnlyCollection<LlmField> Fields => Readers.Keys;

    public static bool HasUsage(LlmCall call) => call.Tokens.Source != LlmUsageSource.Missing;

    public static object? Read(LlmCall call, LlmField field) => Readers[field](call);

    public static string Text(object value)
    {
        return value switch
        {
            bool flag => flag ? "true" : "false",
            DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    /// <summary>Compares values that are there; text by its UTF-8 bytes, which is by code point.</summary>
    public static int Compare(object left, object right)
    {
        return (left, right) switch
        {
            (string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
            (Guid a, Guid b) => string.CompareOrdinal(a.ToString("D"), b.ToString("D")),
            _ => Comparer<object>.Default.Compare(left, right),
        };
    }

    /// <summary>Calls in an order: missing last, ties by start and id in the same direction.</summary>
    public static List<LlmCall> Ordered(IEnumerable<LlmCall> calls, LlmField field, bool descending)
    {
        var sign = descending ? -1 : 1;
        var ordered = calls.ToList();
        ordered.Sort((a, b) =>
        {
            var (left, right) = (Read(a, field), Read(b, field));
            var order = (left, right) switch
            {
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
                _ => sign * Compare(left, right),
            };
            order = order != 0 ? order : sign * a.StartedAt.CompareTo(b.StartedAt);
            return order != 0 ? order : sign * Compare(a.Id, b.Id);
        });
        return ordered;
    }

    /// <summary>Whether a call meets an operator with values of the field's own type.</summary>
    public static bool Meets(LlmCall call, LlmField field, LlmOperator op, params IReadOnlyList<object> values)
    {
        var actual = Read(call, field);
        return op switch
        {
            LlmOperator.In => actual is not null && values.Contains(actual),
            LlmOperator.NotIn => actual is null || !values.Contains(actual),
            LlmOperator.AtLeast => actual is not null && Compare(actual, values[0]) >= 0,
            LlmOperator.Below => actual is not null && Compare(actual, values[0]) < 0,
            LlmOperator.StartsWith => actual is string text && text.StartsWith((string)values[0], StringComparison.Ordinal),
            LlmOperator.Missing => actual is null,
            LlmOperator.Present => actual is not null,
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }
}
