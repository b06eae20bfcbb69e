using System.Text.Json;

namespace LlmObservability.Faults.Child;

/// <summary>What a child tells when asked, and at its end.</summary>
internal sealed record ChildReport
{
    public required LlmStatistics Statistics { get; init; }

    /// <summary>Poison amendments that it made.</summary>
    public int Poisoned { get; init; }

    /// <summary>From the wish to stop to the pipeline's end; 0 while it runs.</summary>
    public double StopSeconds { get; init; }

    public LlmSinkStatistics Sink => Statistics.Sinks[0];

    /// <summary>Whether nothing waits, in memory or on disk. A spool without a byte is not open yet: what is in it is not known.</summary>
    public bool IsIdle => Sink.QueuedItems == 0 && Sink.Spool is null or { Records: 0, Bytes: > 0 };

    public static ChildReport Parse(string text) =>
        JsonSerializer.Deserialize<ChildReport>(text) ?? throw new FormatException("A child's report is not JSON.");

    public string ToText() => JsonSerializer.Serialize(this);
}
