using System.Collections.Concurrent;
using System.Diagnostics;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>Hears the spans about one server: the library's, and those of other sources that the test names. The port tells them from what runs beside.</summary>
internal sealed class SpansOfServer : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = new();

    public SpansOfServer(int port, IReadOnlyList<string> otherSources, bool own = true)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => (own && source.Name == LlmTelemetry.ActivitySourceName) || otherSources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Tags?.Any(tag => tag.Key == "server.port" && Convert.ToInt32(tag.Value) == port) == true
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("server.port") is { } told && Convert.ToInt32(told) == port)
                {
                    _ended.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The library's own, in the order in which they ended.</summary>
    public IReadOnlyList<Activity> Own => [.. _ended.Where(span => span.Source.Name == LlmTelemetry.ActivitySourceName)];

    /// <summary>Those of the other sources, in the order in which they ended.</summary>
    public IReadOnlyList<Activity> Others => [.. _ended.Where(span => span.Source.Name != LlmTelemetry.ActivitySourceName)];

    public void Dispose() => _listener.Dispose();
}
