using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Telemetry;

/// <summary>What a span says of a call. Attributes are added, not set: the span is new, and nobody else writes these keys.</summary>
internal static class CallSpan
{
    // Arrays as back ends expect them, and the same few reasons every time.
    private static readonly FrozenDictionary<string, string[]> FinishReasons =
        new[] { "stop", "length", "tool_calls", "content_filter" }.ToFrozenDictionary(reason => reason, reason => new[] { reason });

    private static readonly string[] EncodingFormatKeys = ["encoding_formats", "encoding_format"];

    /// <summary>What was asked for. Only what the application set.</summary>
    public static void AddRequest(Activity span, ChatOptions? options, string? conversation)
    {
        Add(span, TelemetryNames.GenAi.ConversationId, options?.ConversationId ?? conversation);
        if (options is null)
        {
            return;
        }

        Add(span, TelemetryNames.GenAi.OutputType, options.ResponseFormat switch
        {
            ChatResponseFormatJson => LlmVocabulary.Json,
            ChatResponseFormatText => LlmVocabulary.Text,
            _ => null,
        });
        Add(span, TelemetryNames.GenAi.RequestSeed, options.Seed);
        Add(span, TelemetryNames.GenAi.RequestMaxTokens, options.MaxOutputTokens);
        Add(span, TelemetryNames.GenAi.RequestTemperature, (double?)options.Temperature);
        Add(span, TelemetryNames.GenAi.RequestTopP, (double?)options.TopP);
        Add(span, TelemetryNames.GenAi.RequestTopK, options.TopK);
        Add(span, TelemetryNames.GenAi.RequestFrequencyPenalty, (double?)options.FrequencyPenalty);
        Add(span, TelemetryNames.GenAi.RequestPresencePenalty, (double?)options.PresencePenalty);
        if (options.StopSequences is { Count: > 0 } stops)
        {
            span.AddTag(TelemetryNames.GenAi.RequestStopSequences, stops.ToArray());
        }
    }

    /// <summary>What kind of output was asked for, where the client alone decides.</summary>
    public static void AddOutputType(Activity span, string? outputType) => Add(span, TelemetryNames.GenAi.OutputType, outputType);

    /// <summary>In which forms embeddings were asked for, where adapters are told so among the additional properties.</summary>
    public static void AddEncodingFormats(Activity span, AdditionalPropertiesDictionary properties)
    {
        foreach (var key in EncodingFormatKeys)
        {
            if (properties.TryGetValue(key, out var told) && (told is string format ? [format] : (told as IEnumerable<string>)?.ToArray()) is { } formats)
            {
                span.AddTag(TelemetryNames.GenAi.RequestEncodingFormats, formats);
                return;
            }
        }
    }

    /// <summary>What came of it.</summary>
    public static void AddResponse<T>(T to, LlmCall call, GenAiConventions conventions)
        where T : struct, IAttributes
    {
        to.AddKnown(TelemetryNames.GenAi.ResponseModel, call.ResponseModel);
        to.AddKnown(TelemetryNames.GenAi.ResponseId, call.ResponseId);
        if (call.FinishReason is { } reason)
        {
            to.Add(TelemetryNames.GenAi.ResponseFinishReasons, FinishReasons.GetValueOrDefault(reason) ?? [reason]);
        }

        to.AddKnown(TelemetryNames.GenAi.EmbeddingsDimensionCount, call.Dimensions);
        to.AddKnown(TelemetryNames.GenAi.ResponseTimeToFirstChunk, call.TimeToFirstToken?.TotalSeconds);
        var tokens = call.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return;
        }

        to.Add(TelemetryNames.GenAi.UsageInputTokens, tokens.Input);
        if (call.HasOutput)
        {
            to.Add(TelemetryNames.GenAi.UsageOutputTokens, tokens.Output);
        }

        to.AddCount(TelemetryNames.GenAi.UsageCacheReadInputTokens, tokens.AllCacheRead);
        to.AddCount(conventions.CacheWriteInputTokens, tokens.CacheWrite5m + tokens.CacheWrite1h);
        to.AddCount(TelemetryNames.GenAi.UsageReasoningOutputTokens, tokens.Reasoning);
    }

    /// <summary>What this library alone knows.</summary>
    public static void AddOwn<T>(T to, LlmCall call)
        where T : struct, IAttributes
    {
        to.AddKnown(TelemetryNames.GenAi.UsageCost, Usd(call.Cost));
        to.Add(TelemetryNames.Own.CallId, call.Id);
        to.AddKnown(TelemetryNames.Own.Outcome, Outcome(call));
        to.AddKnown(TelemetryNames.Own.CostReason, CostReason(call));
        to.AddKnown(TelemetryNames.Own.UsageSource, UsageSource(call));
        to.AddKnown(TelemetryNames.Own.Attempts, Attempts(call));
        to.AddKnown(TelemetryNames.Own.SchemaValidated, call.SchemaValidated);
        if (call.Http is { } http)
        {
            to.AddKnown(TelemetryNames.Own.ProviderRequestId, http.RequestId);
            to.AddKnown(TelemetryNames.Own.HttpSends, Sends(http));
        }

        if (call.Outcome == LlmOutcome.Failed)
        {
            to.Add(TelemetryNames.ErrorType, call.ErrorType ?? TelemetryNames.Other);
        }
    }

    /// <summary>
    /// Adds to a span of another instrumentation what it never sets itself; what it sets later would stand there twice.
    /// Calls inside the same span, retries for example, add up; the last one speaks for how it went. One at a time.
    /// </summary>
    public static void Enrich(
        Activity span, LlmCall call, GenAiConventions conventions, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var first = span.GetTagItem(TelemetryNames.Own.CallId) is null;
        AddUp(span, TelemetryNames.GenAi.UsageCost, Usd(call.Cost), first);
        var cacheWrite = call.Tokens.CacheWrite5m + call.Tokens.CacheWrite1h;
        AddUp(span, conventions.CacheWriteInputTokens, cacheWrite == 0 ? default(long?) : cacheWrite, first);
        span.SetTag(TelemetryNames.Own.CallId, call.Id);
        span.SetTag(TelemetryNames.Own.Outcome, Outcome(call));
        span.SetTag(TelemetryNames.Own.CostReason, CostReason(call));
        if (UsageSource(call) is { } source)
        {
            // It stays: a sum with an estimate in it is one.
            span.SetTag(TelemetryNames.Own.UsageSource, source);
        }

        span.SetTag(TelemetryNames.Own.Attempts, Attempts(call));
        span.SetTag(TelemetryNames.Own.SchemaValidated, call.SchemaValidated);
        span.SetTag(TelemetryNames.Own.ProviderRequestId, call.Http?.RequestId);
        span.SetTag(TelemetryNames.Own.HttpSends, call.Http is { } http ? Sends(http) : null);
        foreach (var tag in tags)
        {
            span.SetTag(tag.Key, tag.Value);
        }
    }

    // What stood there before the first call is the application's, and stays.
    private static void AddUp<T>(Activity span, string key, T? more, bool first)
        where T : struct, System.Numerics.IAdditionOperators<T, T, T>
    {
        if (more is not { } known)
        {
            return;
        }

        var present = span.GetTagItem(key);
        if (present is null)
        {
            span.AddTag(key, known);
        }
        else if (!first && present is T sum)
        {
            span.SetTag(key, sum + known);
        }
    }

    // What goes without saying is not said.
    private static string? Outcome(LlmCall call) => call.Outcome == LlmOutcome.Completed ? null : call.Outcome.ToName();

    private static string? CostReason(LlmCall call) => call.CostReason == LlmCostReason.Priced ? null : call.CostReason.ToName();

    private static string? UsageSource(LlmCall call) =>
        call.Tokens.Source == LlmUsageSource.Estimated ? LlmUsageSource.Estimated.ToName() : null;

    private static int? Attempts(LlmCall call) => call.AttemptCount > 1 ? call.AttemptCount : null;

    private static int? Sends(LlmHttpDetail http) => http.SendCount > 1 ? http.SendCount : null;

    private static double? Usd(LlmCost? cost) => cost is { } known ? known.TotalNanos / (double)LlmCost.NanosPerUsd : null;

    private static void Add(Activity span, string key, string? value)
    {
        if (value is not null)
        {
            span.AddTag(key, value);
        }
    }

    private static void Add<T>(Activity span, string key, T? value)
        where T : struct
    {
        if (value is { } known)
        {
            span.AddTag(key, known);
        }
    }
}
