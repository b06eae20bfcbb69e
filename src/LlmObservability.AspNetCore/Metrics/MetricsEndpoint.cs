using System.Buffers;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Metrics;

/// <summary>Answers who scrapes. What it collects begins when it is made. Thread-safe.</summary>
internal sealed class MetricsEndpoint : IDisposable
{
    // Prometheus asks one at a time; more at once are few people at a browser, or slow readers, each of whom holds a text.
    private const int MostAtOnce = 8;

    private readonly MetricsCollector _collector;
    private int _answering;

    public MetricsEndpoint(IMeterFactory meters, IOptions<LlmAspNetCoreOptions> options, ILoggerFactory loggers)
    {
        _collector = new MetricsCollector(meters, options.Value.Metrics, new GuardedLogger(loggers.CreateLogger(AspNetCoreMeter.Name)));
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        if (Interlocked.Increment(ref _answering) > MostAtOnce)
        {
            Interlocked.Decrement(ref _answering);
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = "1";
            return;
        }

        try
        {
            var openMetrics = MetricsFormat.WantsOpenMetrics(context.Request.Headers.Accept);
            var body = Read(openMetrics);
            response.ContentType = openMetrics ? MetricsFormat.OpenMetrics : MetricsFormat.Text;
            response.ContentLength = body.WrittenCount;
            response.Headers.CacheControl = "no-store";
            response.Headers.Vary = "Accept";
            response.Headers.XContentTypeOptions = "nosniff";
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Who asked has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    public void Dispose() => _collector.Dispose();

    internal ArrayBufferWriter<byte> Read(bool openMetrics)
    {
        var body = new ArrayBufferWriter<byte>(16 * 1024);
        _collector.Write(new ExpositionWriter(body, openMetrics));
        return body;
    }
}
