using System.Globalization;
using System.Text.Json;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Export;

/// <summary>The columns of the CSV file: every field by which calls are filtered, then what else a call has.</summary>
internal static class CallColumns
{
    public static IReadOnlyList<CallColumn> All { get; } = [.. LlmField.All.Select(OfField), .. Others()];

    private static CallColumn OfField(LlmField field)
    {
        var read = LlmFieldReader.For(field);
        return new CallColumn(field.Name, field.Type == LlmFieldType.Text, call => read(call).ToText());
    }

    private static IEnumerable<CallColumn> Others() =>
    [
        new("span_id", true, call => call.SpanId),
        new("parent_span_id", true, call => call.ParentSpanId),
        new("server_port", false, call => Number(call.ServerPort)),
        new("schema_errors", true, call => call.SchemaErrors),
        new("retry_after_us", false, call => Number(call.Http?.RetryAfter?.Ticks / TimeSpan.TicksPerMicrosecond)),
        new("remaining_requests", false, call => Number(call.Http?.RemainingRequests)),
        new("remaining_tokens", false, call => Number(call.Http?.RemainingTokens)),
        Tokens("uncached_input_tokens", tokens => tokens.UncachedInput),
        Tokens("cache_write_5m_tokens", tokens => tokens.CacheWrite5m),
        Tokens("cache_write_1h_tokens", tokens => tokens.CacheWrite1h),
        Tokens("visible_output_tokens", tokens => tokens.VisibleOutput),
        new("cost_input_nanos", false, call => Number(call.Cost?.InputNanos)),
        new("cost_cached_input_nanos", false, call => Number(call.Cost?.CachedInputNanos)),
        new("cost_output_nanos", false, call => Number(call.Cost?.OutputNanos)),
        new("cost_fees_nanos", false, call => Number(call.Cost?.FeesNanos)),
        new("cost_usd", false, call => call.Cost?.TotalUsd.ToString(CultureInfo.InvariantCulture)),
        new("catalog_date", false, call => call.CatalogDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        new("tags", true, TagsOf),
    ];

    private static CallColumn Tokens(string name, Func<LlmTokens, long> read) =>
        new(name, false, call => call.Tokens.Source == LlmUsageSource.Missing ? null : Number(read(call.Tokens)));

    private static string? Number(long? value) => value is { } known ? LlmValue.Format(known) : null;

    // Own tags have no columns of their own: their keys are anybody's. One column holds them as a JSON object.
    private static string? TagsOf(LlmCall call) =>
        new CallAnswer(call).Tags is { } tags ? JsonSerializer.Serialize(tags, AnswerJson.Default.IReadOnlyDictionaryStringString) : null;
}
