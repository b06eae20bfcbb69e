using LlmObservability.Sinks;

namespace LlmObservability;

/// <summary>Names, units and attributes of the pipeline's meter. docs/pipeline.md lists them; a rename is a breaking change.</summary>
internal static class PipelineInstrumentNames
{
    public const string MeterName = "LlmObservability.Pipeline";

    public const string QueueRecords = "llm_observability.pipeline.queue.records";
    public const string QueueBytes = "llm_observability.pipeline.queue.bytes";
    public const string BatchRecords = "llm_observability.pipeline.batch.records";
    public const string FlushDuration = "llm_observability.pipeline.flush.duration";
    public const string Retries = "llm_observability.pipeline.retries";
    public const string RecordsAccepted = "llm_observability.pipeline.records.accepted";
    public const string RecordsWritten = "llm_observability.pipeline.records.written";
    public const string RecordsAlreadyWritten = "llm_observability.pipeline.records.already_written";
    public const string RecordsDropped = "llm_observability.pipeline.records.dropped";
    public const string OldestAge = "llm_observability.pipeline.oldest.age";

    public const string RecordUnit = "{record}";
    public const string RetryUnit = "{retry}";
    public const string ByteUnit = "By";
    public const string SecondUnit = "s";

    public const string SinkAttribute = "llm_observability.sink";
    public const string DropReasonAttribute = "llm_observability.drop.reason";

    private static readonly string[] Reasons =
    [
        "queue_full", "sink_disabled", "shutdown", "outside_window", "poison", "permanent_failure", "recorder_error",
    ];

    /// <summary>The word for a reason, as an attribute's value and in the health check's figures.</summary>
    public static string ReasonName(LlmDropReason reason) => Reasons[(int)reason];
}
