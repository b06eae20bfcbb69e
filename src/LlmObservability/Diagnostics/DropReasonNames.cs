using LlmObservability.Sinks;

namespace LlmObservability;

/// <summary>The words that stand for drop reasons in metrics, health data and tables.</summary>
internal static class DropReasonNames
{
    private static readonly string[] Names =
    [
        "queue_full", "sink_disabled", "shutdown", "outside_window", "poison", "permanent_failure", "recorder_error", "spool_full",
        "expired", "unreadable", "unsupported",
    ];

    /// <summary>The reason's word.</summary>
    public static string ToName(this LlmDropReason reason) => Names[(int)reason];
}
