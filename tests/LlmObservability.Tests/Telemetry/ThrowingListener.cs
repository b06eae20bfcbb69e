using System.Diagnostics;
using LlmObservability.Tests.Chat;

namespace LlmObservability.Tests.Telemetry;

/// <summary>Wants all of an observer's spans, and throws at each start and each end.</summary>
internal sealed class ThrowingListener : IDisposable
{
    private readonly List<Activity> _started = [];
    private readonly ActivityListener _listener;

    public ThrowingListener(Observing observing)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, observing.Observer.Telemetry.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = span =>
            {
                _started.Add(span);
                throw new InvalidOperationException("started");
            },
            ActivityStopped = _ => throw new InvalidOperationException("stopped"),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans that were started.</summary>
    public IReadOnlyList<Activity> Started => _started;

    public void Dispose() => _listener.Dispose();
}
