using LlmObservability.Segments;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>Whether a spool's disk works, told at each change, and when to try again while it does not. Reading <see cref="Fault"/> is thread-safe.</summary>
internal sealed class SpoolHealth(string sink, LlmPipelineOptions options, TimeProvider time, ILogger logger)
{
    private RetrySchedule _schedule = new(options.RetryDelay, options.MaxRetryDelay);
    private volatile SinkFault? _fault;
    private long _failedAt;
    private TimeSpan _pause;

    /// <summary>Why it takes nothing; null while it works.</summary>
    public SinkFault? Fault => _fault;

    /// <summary>Whether it works, or it is time to see whether it does again.</summary>
    public bool MayTry => _fault is null || time.GetElapsedTime(_failedAt) >= _pause;

    public void Failing(Exception failure)
    {
        var known = _fault;
        _failedAt = time.GetTimestamp();
        _pause = _schedule.Next();
        _fault = new SinkFault(known?.Since ?? time.GetUtcNow(), Describe(failure), GaveUp: false);
        if (known is null)
        {
            logger.SpoolFailing(sink, _fault.Failure);
        }
    }

    public void Working()
    {
        if (_fault is { } fault)
        {
            _fault = null;
            _schedule = new RetrySchedule(options.RetryDelay, options.MaxRetryDelay);
            var lasted = time.GetUtcNow() - fault.Since;
            logger.SpoolWorksAgain(sink, lasted);
        }
    }

    // These speak of files; what any other says is not known to be fit for a log.
    private static string Describe(Exception failure) => failure switch
    {
        SegmentsLockedException or SegmentVersionException or IOException or UnauthorizedAccessException => failure.Message,
        TimeoutException or OperationCanceledException => "The disk does not answer.",
        _ => failure.GetType().FullName ?? failure.GetType().Name,
    };
}
