using System.Buffers;
using System.Collections;
using System.Globalization;
using LlmObservability.Telemetry;

namespace LlmObservability;

/// <summary>
/// What the log says of a call: properties named like the attributes of its span, and a text. As on the span, what goes
/// without saying is not said. Never content.
/// </summary>
internal sealed class CallLogEvent : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Template = "LLM call {llm_observability.call.id} {llm_observability.outcome}";

    // What nearly all names are made of: only others are looked at one by one.
    private static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    private readonly List<KeyValuePair<string, object?>> _properties = new(32);
    private readonly LlmCall _call;

    public CallLogEvent(LlmCall call, GenAiConventions conventions)
    {
        _call = call;
        AddIdentity(call);
        AddRequest(call);
        AddResponse(call);
        AddTokens(call, conventions);
        AddCost(call);
        AddTimes(call);
        _properties.AddRange(TagAttributes.ForSpans(call.Tags));
        // Where message templates are grouped, all calls are one.
        _properties.Add(new("{OriginalFormat}", Template));
    }

    public int Count => _properties.Count;

    public KeyValuePair<string, object?> this[int index] => _properties[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString()
    {
        var cost = _call.Cost is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalUsd} USD") : "cost unknown";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"LLM call {_call.Id} {_call.Outcome.ToName()}: {OneLine(_call.Operation)} {OneLine(_call.Model)}, {Tokens()}, {cost}, {_call.Duration.TotalMilliseconds} ms");
    }

    // A provider or a caller chose the name: in a log of plain text it must neither begin a line nor steer a terminal.
    private static string? OneLine(string? text)
    {
        return text is null || !text.AsSpan().ContainsAnyExcept(Printable)
            ? text
            : string.Create(text.Length, text, static (line, text) =>
            {
                for (var i = 0; i < line.Length; i++)
                {
                    line[i] = char.IsControl(text[i]) || char.GetUnicodeCategory(text[i]) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format
                        ? '\uFFFD' : text[i];
                }
            });
    }

    private string Tokens()
    {
        var tokens = _call.Tokens;
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return "tokens unknown";
        }

        return _call.HasOutput
            ? string.Create(CultureInfo.InvariantCulture, $"{tokens.Input} input and {tokens.Output} output tokens")
            : string.Create(CultureInfo.InvariantCulture, $"{tokens.Input} input tokens");
    }

    private void AddIdentity(LlmCall call)
    {
        // Text, which every provider writes alike.
        Add(TelemetryNames.Own.CallId, call.Id.ToString());
        Add(TelemetryNames.TraceId, call.TraceId);
        Add(TelemetryNames.SpanId, call.SpanId ?? call.ParentSpanId);
        Add(TelemetryNames.Own.Outcome, call.Outcome.ToName());
    }

    private void AddRequest(LlmCall call)
    {
        Add(TelemetryNames.GenAi.OperationName, call.Operation);
        Add(TelemetryNames.GenAi.ProviderName, call.Provider ?? (call.Operation == LlmVocabulary.ExecuteTool ? null : TelemetryNames.UnknownProvider));
        Add(TelemetryNames.GenAi.RequestModel, call.RequestModel);
        Add(TelemetryNames.GenAi.OutputType, call.OutputType);
        Add(TelemetryNames.GenAi.RequestStream, call.Streaming ? true : null);
        Add(TelemetryNames.ServerAddress, call.ServerAddress);
        Add(TelemetryNames.ServerPort, call.ServerPort);
    }

    private void AddResponse(LlmCall call)
    {
        Add(TelemetryNames.GenAi.ResponseModel, call.ResponseModel);
        Add(TelemetryNames.GenAi.ResponseId, call.ResponseId);
        Add(TelemetryNames.FinishReason, call.FinishReason);
        Add(TelemetryNames.ErrorType, call.ErrorType);
        Add(TelemetryNames.HttpStatusCode, call.HttpStatus);
        Add(TelemetryNames.Own.ProviderRequestId, call.Http?.RequestId);
        Add(TelemetryNames.Own.HttpSends, call.Http is { SendCount: > 1 } http ? http.SendCount : null);
        Add(TelemetryNames.Own.Attempts, call.AttemptCount > 1 ? call.AttemptCount : null);
        Add(TelemetryNames.Own.ToolCalls, call.ToolCallCount > 0 ? call.ToolCallCount : null);
        Add(TelemetryNames.Own.Cached, call.Cached ? true : null);
        Add(TelemetryNames.Own.SchemaValidated, call.SchemaValidated);
    }

    private void AddTokens(LlmCall call, GenAiConventions conventions)
    {
        var tokens = call.Tokens;
        Add(TelemetryNames.Own.UsageSource, tokens.Source.ToName());
        if (tokens.Source == LlmUsageSource.Missing)
        {
            return;
        }

        Add(TelemetryNames.GenAi.UsageInputTokens, tokens.Input);
        Add(TelemetryNames.GenAi.UsageOutputTokens, call.HasOutput ? tokens.Output : null);
        AddCount(TelemetryNames.GenAi.UsageCacheReadInputTokens, tokens.CacheRead);
        AddCount(conventions.CacheWriteInputTokens, tokens.CacheWrite5m + tokens.CacheWrite1h);
        AddCount(TelemetryNames.GenAi.UsageReasoningOutputTokens, tokens.Reasoning);
        Add(TelemetryNames.Own.OutputTokensPerSecond, call.OutputTokensPerSecond);
    }

    private void AddCost(LlmCall call)
    {
        Add(TelemetryNames.GenAi.UsageCost, call.Cost is { } cost ? cost.TotalNanos / (double)LlmCost.NanosPerUsd : null);
        Add(TelemetryNames.Own.CostReason, call.CostReason == LlmCostReason.Priced ? null : call.CostReason.ToName());
    }

    // Seconds, as all of the conventions' times.
    private void AddTimes(LlmCall call)
    {
        Add(TelemetryNames.Own.Duration, call.Duration.TotalSeconds);
        Add(TelemetryNames.GenAi.ResponseTimeToFirstChunk, call.TimeToFirstToken?.TotalSeconds);
        Add(TelemetryNames.Own.QueueWait, call.QueueWait?.TotalSeconds);
    }

    private void Add(string name, object? value)
    {
        if (value is not null)
        {
            _properties.Add(new(name, value));
        }
    }

    private void AddCount(string name, long count) => Add(name, count > 0 ? count : null);
}
