namespace LlmObservability;

/// <summary>The metrics for Prometheus. They are collected from when the endpoint is mapped, or its own port opened; else nothing is.</summary>
public sealed class LlmMetricsOptions
{
    /// <summary>
    /// The most series of one metric that is counted here: the histograms, and the counters of tool calls. Measurements beyond
    /// are left out, and counted in <c>llm_observability_metrics_cut_total</c>. The other counters have the series that
    /// <c>LlmObservability:Telemetry:MaxMetricSeries</c> allows. Default 5,000; 10 to 100,000.
    /// </summary>
    public int MaxSeries { get; set; } = 5_000;

    /// <summary>Whether the names that LLM gateways use (<c>llm_requests_total</c>, <c>llm_usage_prompt_tokens_total</c> …) are there too, for dashboards made for those. Default false.</summary>
    public bool GatewayNames { get; set; }

    /// <summary>A port of the metrics' own.</summary>
    public LlmMetricsListenerOptions Listener { get; set; } = new();
}

/// <summary>A port of the metrics' own, beside the application's: reachable by who scrapes, without a way into the application.</summary>
public sealed class LlmMetricsListenerOptions
{
    /// <summary>Whether it is opened when the host starts. Default false. Where it cannot be opened the application starts all the same, and the log says so.</summary>
    public bool Enabled { get; set; }

    /// <summary>The port. Default 9464; 0 to 65,535, where 0 is one that the system chooses.</summary>
    public int Port { get; set; } = 9464;

    /// <summary>The IP address that it listens on. Default <c>127.0.0.1</c>: this machine alone. <c>0.0.0.0</c> and <c>::</c> are all there are; there is no authentication.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The path. Default <c>/metrics</c>; begins with one slash, and has no spaces and none of <c>? # % \</c>.</summary>
    public string Path { get; set; } = "/metrics";

    /// <summary>
    /// The names, without a port, by which it may be asked beside IP addresses and <c>localhost</c>; <c>*</c> for any. Others are
    /// refused: else a page in a browser here could read the metrics under a name of its own that leads to this machine.
    /// Default none.
    /// </summary>
    public IList<string> AllowedHosts { get; set; } = [];
}
