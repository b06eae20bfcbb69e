using LlmObservability.Telemetry;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// The names that LLM gateways use, for dashboards made for those. Counters are worked out from the library's own at each
/// scrape; the two histograms are counted beside theirs, since their buckets are others.
/// </summary>
internal sealed class GatewayMetrics
{
    private static readonly double[] Milliseconds1To10000 = [1, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

    private readonly int _maxSeries;
    private readonly Action<MetricFamily> _firstCut;
    private readonly MetricFamily _requestDuration;
    private readonly MetricFamily _toolCallDuration;

    public GatewayMetrics(int maxSeries, Action<MetricFamily> firstCut)
    {
        _maxSeries = maxSeries;
        _firstCut = firstCut;
        _requestDuration = Histogram("llm_request_duration", "How long a call took, in milliseconds.");
        _toolCallDuration = Histogram("llm_tool_call_duration", "How long a tool call took, in milliseconds.");
    }

    /// <summary>The histogram that counts what an instrument measures in seconds; null for none.</summary>
    public (MetricFamily Family, Func<MetricLabels, MetricLabels> Labels)? Milliseconds(string instrument)
    {
        if (instrument == GenAiConventions.V141.Duration || instrument == GenAiConventions.Latest.Duration)
        {
            return (_requestDuration, ByProvider);
        }

        return instrument == TelemetryNames.Instruments.ToolCallDuration ? (_toolCallDuration, ByTool) : null;
    }

    /// <summary>All of them, as the library's own say at this scrape.</summary>
    public IEnumerable<MetricFamily> From(IReadOnlyDictionary<string, MetricFamily> own)
    {
        string[] input = [TelemetryNames.TokenTypes.Input, TelemetryNames.TokenTypes.CacheRead, TelemetryNames.TokenTypes.CacheWrite];
        var tokens = Series(own, TelemetryNames.Instruments.Tokens);
        var tools = Series(own, TelemetryNames.Instruments.ToolCalls);
        yield return Sum("llm_usage_prompt_tokens", "Input tokens.", tokens.Where(series => input.Contains(series.Labels[GatewayLabels.TokenType])), ByModel);
        yield return Sum("llm_usage_completion_tokens", "Output tokens.", tokens.Where(series => !input.Contains(series.Labels[GatewayLabels.TokenType])), ByModel);
        yield return Sum("llm_usage_total_tokens", "Tokens.", tokens, ByModel);
        yield return Sum("llm_requests", "Calls that ended.", Series(own, TelemetryNames.Instruments.Requests), ByOperation);
        yield return Sum("llm_responses", "Calls that a provider answered, by HTTP status; 200 is assumed of answers that were no refusal.", Series(own, TelemetryNames.Instruments.Responses), ByStatus);
        yield return Sum("llm_tool_calls", "Tool calls that ended.", tools, ByTool);
        yield return Sum("llm_tool_calls_success", "Tool calls that completed.", tools.Where(series => Outcome(series) == LlmOutcome.Completed.ToName()), ByTool);
        yield return Sum("llm_tool_calls_failure", "Tool calls that failed.", tools.Where(series => Outcome(series) == LlmOutcome.Failed.ToName()), ByToolAndError);
        yield return _requestDuration;
        yield return _toolCallDuration;
    }

    private static List<NumberSeries> Series(IReadOnlyDictionary<string, MetricFamily> own, string instrument) =>
        own.TryGetValue(MetricNames.Label(instrument), out var family) ? [.. family.Series().OfType<NumberSeries>()] : [];

    private static string Outcome(NumberSeries series) => series.Labels[GatewayLabels.Outcome];

    private static MetricLabels ByProvider(MetricLabels labels) => MetricLabels.Of((GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]));

    private static MetricLabels ByOperation(MetricLabels labels) =>
        MetricLabels.Of((GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]), (GatewayLabels.RequestType, labels[GatewayLabels.OwnOperation]));

    private static MetricLabels ByStatus(MetricLabels labels) =>
        MetricLabels.Of((GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]), (GatewayLabels.StatusCode, labels[GatewayLabels.OwnStatus]));

    private static MetricLabels ByModel(MetricLabels labels)
    {
        var model = labels[GatewayLabels.OwnRequestModel];
        return MetricLabels.Of(
            (GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]),
            (GatewayLabels.Model, model.Length > 0 ? model : labels[GatewayLabels.OwnResponseModel]));
    }

    private static MetricLabels ByTool(MetricLabels labels) => MetricLabels.Of(
        (GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]), (GatewayLabels.Model, labels[GatewayLabels.OwnRequestModel]),
        (GatewayLabels.ToolName, labels[GatewayLabels.OwnToolName]), (GatewayLabels.ToolType, ToolType(labels)));

    private static MetricLabels ByToolAndError(MetricLabels labels) => MetricLabels.Of(
        (GatewayLabels.Provider, labels[GatewayLabels.OwnProvider]), (GatewayLabels.Model, labels[GatewayLabels.OwnRequestModel]),
        (GatewayLabels.ToolName, labels[GatewayLabels.OwnToolName]), (GatewayLabels.ToolType, ToolType(labels)), (GatewayLabels.ErrorType, labels[GatewayLabels.ErrorType]));

    // Their word for what is no MCP tool.
    private static string ToolType(MetricLabels labels) =>
        labels[GatewayLabels.OwnToolType] is var type && type == LlmVocabulary.Function ? "standard_tool_use" : type;

    private static MetricFamily Sum(string name, string help, IEnumerable<NumberSeries> series, Func<MetricLabels, MetricLabels> labels)
    {
        // Made anew at each scrape of series that are bounded: no more of them, and nothing to cut.
        var sum = new MetricFamily((name, null), MetricKind.Counter, help, int.MaxValue, static _ => { });
        foreach (var one in series)
        {
            sum.Of(labels(one.Labels))?.Record(one.Value);
        }

        return sum;
    }

    private MetricFamily Histogram(string name, string help) =>
        new((name, null), MetricKind.Histogram, help, _maxSeries, _firstCut) { Bounds = Milliseconds1To10000 };
}
