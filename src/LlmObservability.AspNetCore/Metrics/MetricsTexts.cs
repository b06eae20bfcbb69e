using System.Buffers;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// Renders the metrics: one at a time, while others wait without a thread, and not again for who comes while another is still
/// reading a text of the last second. Who comes alone gets what is true now. Thread-safe.
/// </summary>
internal sealed class MetricsTexts(MetricsCollector collector, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Shared = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private MetricsText? _text;
    private MetricsText? _openMetrics;

    /// <summary>The text; <see cref="Done"/> gives it back.</summary>
    /// <param name="openMetrics">In which form.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<MetricsText> ReadAsync(bool openMetrics, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var last = openMetrics ? Volatile.Read(ref _openMetrics) : Volatile.Read(ref _text);
            if (last is not { IsRead: true } || time.GetElapsedTime(last.RenderedAt) >= Shared)
            {
                last = Render(openMetrics);
                Volatile.Write(ref openMetrics ? ref _openMetrics : ref _text, last);
            }

            last.Begin();
            return last;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>One has read it, or gone.</summary>
    public void Done(MetricsText text)
    {
        // Nothing is kept for nobody.
        if (text.End())
        {
            Interlocked.CompareExchange(ref _text, null, text);
            Interlocked.CompareExchange(ref _openMetrics, null, text);
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private MetricsText Render(bool openMetrics)
    {
        var at = time.GetTimestamp();
        var body = new ArrayBufferWriter<byte>(16 * 1024);
        collector.Write(new ExpositionWriter(body, openMetrics));
        return new MetricsText(body.WrittenMemory, at);
    }
}
