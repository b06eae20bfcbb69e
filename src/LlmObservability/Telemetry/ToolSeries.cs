using System.Collections.Concurrent;

namespace LlmObservability.Telemetry;

/// <summary>One tool in metrics, with its attributes ready made. Thread-safe.</summary>
internal sealed class ToolSeries
{
    private static readonly LlmOutcome[] Outcomes = Enum.GetValues<LlmOutcome>();

    private readonly KeyValuePair<string, object?>[][] _byOutcome;
    private readonly ConcurrentDictionary<(string? Provider, string? Model), KeyValuePair<string, object?>[][]> _byCaller = new();

    /// <param name="name">The tool's name.</param>
    /// <param name="type">The tool's type.</param>
    public ToolSeries(string name, string type)
    {
        _byOutcome = Array.ConvertAll(Outcomes, outcome => new KeyValuePair<string, object?>[]
        {
            new(TelemetryNames.GenAi.ToolName, name),
            new(TelemetryNames.GenAi.ToolType, type),
            new(TelemetryNames.Own.Outcome, outcome.ToName()),
        });
    }

    /// <summary>Name, type and outcome; on failures the error's type.</summary>
    public KeyValuePair<string, object?>[] Attributes(LlmToolCall call) => WithError(_byOutcome[(int)call.Outcome], call);

    /// <summary>The same with the provider and the model that asked for the tool, while there is room for them.</summary>
    public KeyValuePair<string, object?>[] Attributes(LlmToolCall call, string? provider, string? model, ToolInstruments room)
    {
        var byOutcome = Of(provider, model) ?? room.AddCaller(this, provider, model);
        return byOutcome is null ? Attributes(call) : WithError(byOutcome[(int)call.Outcome], call);
    }

    /// <summary>What <see cref="Add"/> made for a model; null for none.</summary>
    public KeyValuePair<string, object?>[][]? Of(string? provider, string? model) => _byCaller.GetValueOrDefault((provider, model));

    /// <summary>Makes the attributes with a model, by outcome. Whether there is room is for who calls to know.</summary>
    public KeyValuePair<string, object?>[][] Add(string? provider, string? model) =>
        _byCaller.GetOrAdd((provider, model), static (caller, tool) => Array.ConvertAll(tool, attributes => With(attributes, caller)), _byOutcome);

    private static KeyValuePair<string, object?>[] With(KeyValuePair<string, object?>[] attributes, (string? Provider, string? Model) caller)
    {
        var provider = new KeyValuePair<string, object?>(TelemetryNames.GenAi.ProviderName, caller.Provider ?? TelemetryNames.UnknownProvider);
        return caller.Model is null ? [.. attributes, provider] : [.. attributes, provider, new(TelemetryNames.GenAi.RequestModel, caller.Model)];
    }

    private static KeyValuePair<string, object?>[] WithError(KeyValuePair<string, object?>[] attributes, LlmToolCall call)
    {
        return call.Outcome == LlmOutcome.Failed
            ? [.. attributes, new(TelemetryNames.ErrorType, call.ErrorType ?? TelemetryNames.Other)]
            : attributes;
    }
}
