namespace LlmObservability.Telemetry;

/// <summary>One tool in metrics, with its attributes ready made. Thread-safe.</summary>
internal sealed class ToolSeries
{
    private readonly KeyValuePair<string, object?>[][] _byOutcome;

    /// <param name="name">The tool's name.</param>
    /// <param name="type">The tool's type.</param>
    public ToolSeries(string name, string type)
    {
        _byOutcome = Array.ConvertAll(Enum.GetValues<LlmOutcome>(), outcome => new KeyValuePair<string, object?>[]
        {
            new(TelemetryNames.GenAi.ToolName, name),
            new(TelemetryNames.GenAi.ToolType, type),
            new(TelemetryNames.Own.Outcome, outcome.ToName()),
        });
    }

    /// <summary>Name, type and outcome; on failures the error's type.</summary>
    public KeyValuePair<string, object?>[] Attributes(LlmToolCall call)
    {
        var attributes = _byOutcome[(int)call.Outcome];
        return call.Outcome == LlmOutcome.Failed
            ? [.. attributes, new(TelemetryNames.ErrorType, call.ErrorType ?? TelemetryNames.Other)]
            : attributes;
    }
}
