using LlmObservability.Clients.Tests.Wire;
using LlmObservability.Testing;
using Microsoft.Extensions.AI;

namespace LlmObservability.Clients.Tests.Matrix;

/// <summary>An observer as an application makes it, with a sink that keeps records and listeners on spans and metrics.</summary>
internal sealed class Watch : IAsyncDisposable
{
    /// <param name="server">The server whose spans and metrics are heard.</param>
    /// <param name="time">The observer's clock; null for the system's.</param>
    /// <param name="otherSources">Activity sources, and meters of the same names, to listen to beside the library's.</param>
    public Watch(WireServer server, TimeProvider? time = null, params IReadOnlyList<string> otherSources)
    {
        Spans = new SpansOfServer(server.Uri.Port, otherSources);
        Metrics = new MetricsOfServer(server.Uri.Port, otherSources);
        Observer = LlmObserver.Create([Sink], new LlmObservabilityOptions { Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(5) } }, time);
    }

    public RecordingSink Sink { get; } = new();

    public LlmObserver Observer { get; }

    public SpansOfServer Spans { get; }

    public MetricsOfServer Metrics { get; }

    public IChatClient Wrap(IChatClient client) => client.WithLlmObservability(Observer);

    public async Task<IReadOnlyList<LlmCall>> CallsAsync()
    {
        await Observer.FlushAsync(TestContext.Current.CancellationToken);
        var statistics = Observer.GetStatistics();
        statistics.RecorderErrors.ShouldBe(0);
        statistics.OpenStreams.ShouldBe(0);
        return Sink.Calls;
    }

    public async Task<LlmCall> OnlyCallAsync() => (await CallsAsync()).ShouldHaveSingleItem();

    public async ValueTask DisposeAsync()
    {
        await Observer.DisposeAsync();
        Spans.Dispose();
        Metrics.Dispose();
    }
}
