using LlmObservability.Segments;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Pipeline;

/// <summary>
/// Whether a spool's disk works, told when the first of its parts fails and when the last works again. Reading
/// <see cref="Fault"/> is thread-safe.
/// </summary>
internal sealed class SpoolHealth
{
    private readonly string _sink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private DateTimeOffset? _since;

    public SpoolHealth(string sink, LlmPipelineOptions options, TimeProvider time, ILogger logger)
    {
        (_sink, _time, _logger) = (sink, time, logger);
        (Writing, Reading, Tending) = (new Part(this, options), new Part(this, options), new Part(this, options));
    }

    /// <summary>Opening it, and bringing records to it.</summary>
    public Part Writing { get; }

    /// <summary>Reading them back.</summary>
    public Part Reading { get; }

    /// <summary>Noting what was acknowledged, and letting go of it.</summary>
    public Part Tending { get; }

    /// <summary>What fails; null while all works.</summary>
    public SinkFault? Fault => Writing.Fault ?? Reading.Fault ?? Tending.Fault;

    // These speak of files; what any other says is not known to be fit for a log.
    private static string Describe(Exception failure) => failure switch
    {
        SegmentsLockedException or SegmentVersionException or IOException or UnauthorizedAccessException => failure.Message,
        TimeoutException or OperationCanceledException => "The disk does not answer.",
        _ => failure.GetType().FullName ?? failure.GetType().Name,
    };

    /// <summary>One thing that is done with the disk, and when to try it again while that fails.</summary>
    public sealed class Part(SpoolHealth health, LlmPipelineOptions options)
    {
        private RetrySchedule _schedule = new(options.RetryDelay, options.MaxRetryDelay);
        private volatile SinkFault? _fault;
        private long _failedAt;
        private TimeSpan _pause;

        /// <summary>Why it cannot be done; null while it can.</summary>
        public SinkFault? Fault => _fault;

        /// <summary>Whether it works, or it is time to see whether it does again.</summary>
        public bool MayTry => _fault is null || health._time.GetElapsedTime(_failedAt) >= _pause;

        public void Failing(Exception failure)
        {
            _failedAt = health._time.GetTimestamp();
            _pause = _schedule.Next();
            var isFirst = health.Fault is null;
            health._since ??= health._time.GetUtcNow();
            _fault = new SinkFault(_fault?.Since ?? health._time.GetUtcNow(), Describe(failure), GaveUp: false);
            if (isFirst)
            {
                health._logger.SpoolFailing(health._sink, _fault.Failure);
            }
        }

        public void Working()
        {
            if (_fault is null)
            {
                return;
            }

            _fault = null;
            _schedule = new RetrySchedule(options.RetryDelay, options.MaxRetryDelay);
            if (health is { Fault: null, _since: { } since })
            {
                health._since = null;
                var lasted = health._time.GetUtcNow() - since;
                health._logger.SpoolWorksAgain(health._sink, lasted);
            }
        }
    }
}
