using System.Globalization;
using LlmObservability.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmObservability;

/// <summary>
/// Whether recorded calls reach their sinks. Unhealthy while records are being lost: a sink gave up, drops because its queue
/// is full, or the pipeline has stopped. Degraded while they are late, or were lost a short time ago. A sink that is
/// switched off does not count. Reads counters only, never throws; thread-safe.
/// </summary>
public sealed class LlmPipelineHealthCheck : IHealthCheck
{
    // Documented in docs/pipeline.md; above it a queue has too little left for an outage.
    private const double FullnessBound = 0.8;

    private readonly LlmObserver _observer;
    private readonly LlmPipelineHealthOptions _options;

    /// <summary>Creates the check; <c>AddLlmObservability</c> on the health checks' builder does it for you.</summary>
    /// <param name="observer">The observer to look at.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A bound is out of its range.</exception>
    public LlmPipelineHealthCheck(LlmObserver observer, LlmPipelineHealthOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        _observer = observer;
        _options = options ?? new LlmPipelineHealthOptions();
        LlmPipelineHealthOptionsValidator.ThrowIfInvalid(_options);
    }

    /// <summary>Looks at the counters. The registration's failure status stands in for Unhealthy.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<HealthCheckResult>(cancellationToken);
        }

        var failureStatus = context?.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        try
        {
            return Task.FromResult(Check(failureStatus));
        }
        catch (Exception error)
        {
            return Task.FromResult(new HealthCheckResult(failureStatus, $"The pipeline's figures could not be read ({error.GetType().Name})."));
        }
    }

    private HealthCheckResult Check(HealthStatus failureStatus)
    {
        var statistics = _observer.GetStatistics();
        var now = _observer.Time.GetUtcNow();
        var (failures, warnings) = (new List<string>(), new List<string>());
        var data = new Dictionary<string, object> { ["calls_lost"] = statistics.CallsLost };
        foreach (var sink in statistics.Sinks)
        {
            if (Failure(sink) is { } failure)
            {
                failures.Add(failure);
            }
            else if (Warning(sink, now) is { } warning)
            {
                warnings.Add(warning);
            }

            Add(data, sink);
        }

        if (WasLately(statistics.LastCallLostAt, now))
        {
            warnings.Add("the recorder itself lost calls a short time ago");
        }

        // HealthStatus counts downwards: a check registered to fail as Healthy must not degrade either.
        var status = failures.Count > 0 ? failureStatus
            : warnings.Count == 0 ? HealthStatus.Healthy
            : failureStatus > HealthStatus.Degraded ? failureStatus
            : HealthStatus.Degraded;
        return new HealthCheckResult(status, Describe([.. failures, .. warnings]), data: data);
    }

    private string? Failure(LlmSinkStatistics sink) => sink.State switch
    {
        LlmSinkState.Stopped when _observer.Enabled => $"the pipeline to sink '{sink.Name}' has stopped",
        LlmSinkState.GaveUp => $"sink '{sink.Name}' gave up, so its records are dropped: {Reason(sink)}",
        LlmSinkState.QueueFull when sink.Failure is not null => $"sink '{sink.Name}' fails, its queue is full and records are dropped: {Reason(sink)}",
        LlmSinkState.QueueFull => $"sink '{sink.Name}' is too slow, its queue is full and records are dropped",
        _ => null,
    };

    private string? Warning(LlmSinkStatistics sink, DateTimeOffset now) => sink switch
    {
        { State: LlmSinkState.SwitchedOff or LlmSinkState.Stopped } => null,
        { State: LlmSinkState.Retrying } => $"sink '{sink.Name}' fails, its records wait and are retried: {Reason(sink)}",
        { Spool.Failure: { } failure } => $"the spool of sink '{sink.Name}' cannot be used, so its records wait in memory alone: {failure.TrimEnd('.')}",
        { Spool.Fullness: > FullnessBound } => Text($"the spool of sink '{sink.Name}' is {Math.Floor(sink.Spool.Fullness * 100)} % full"),
        { QueueFullness: > FullnessBound } => Text($"the queue of sink '{sink.Name}' is {Math.Floor(sink.QueueFullness * 100)} % full"),
        _ when sink.OldestAge > _options.MaxAge => Text($"the oldest record of sink '{sink.Name}' waits for {Math.Floor(sink.OldestAge.TotalSeconds)} s"),
        { Spool.Quarantined: > 0 } => Text($"the spool of sink '{sink.Name}' keeps {sink.Spool.Quarantined} damaged segments for you to look at"),
        _ when WasLately(sink.LastDropAt, now) => $"sink '{sink.Name}' dropped records a short time ago",
        _ => null,
    };

    private bool WasLately(DateTimeOffset? at, DateTimeOffset now) => now - at < _options.DropWindow;

    private string Describe(List<string> findings)
    {
        if (findings.Count > 0)
        {
            var sentence = string.Join("; ", findings);
            return $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]}.";
        }

        return _observer.Enabled ? "Recorded calls reach every sink that is switched on." : "Observation is switched off.";
    }

    private static void Add(Dictionary<string, object> data, LlmSinkStatistics sink)
    {
        data[$"{sink.Name}.state"] = sink.State.ToString();
        data[$"{sink.Name}.queued"] = sink.QueuedItems;
        data[$"{sink.Name}.queued_bytes"] = sink.QueuedBytes;
        data[$"{sink.Name}.oldest_age_seconds"] = sink.OldestAge.TotalSeconds;
        if (sink.FailingSince is { } since)
        {
            data[$"{sink.Name}.failing_since"] = since;
        }

        if (sink.Spool is { } spool)
        {
            data[$"{sink.Name}.spool_records"] = spool.Records;
            data[$"{sink.Name}.spool_bytes"] = spool.Bytes;
            data[$"{sink.Name}.spool_lag_seconds"] = spool.Lag.TotalSeconds;
            data[$"{sink.Name}.spool_quarantined"] = spool.Quarantined;
            data[$"{sink.Name}.spool_put_aside"] = spool.PutAside;
        }

        foreach (var (reason, count) in sink.Dropped)
        {
            data[$"{sink.Name}.dropped.{reason.ToName()}"] = count;
        }
    }

    private static string Reason(LlmSinkStatistics sink) => sink.Failure?.TrimEnd('.') ?? "unknown";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
