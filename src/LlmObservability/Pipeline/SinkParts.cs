using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>What the parts behind one sink share: its name, the attribute that says whose figures they are, and what all of them use.</summary>
internal sealed record SinkParts(
    string Sink, KeyValuePair<string, object?> Tag, EnvelopeQueue Queue, LlmPipelineOptions Options, TimeProvider Time, ILogger Logger,
    PipelineMeter Meter, SinkCounters Counters, SinkWatch Watch);
