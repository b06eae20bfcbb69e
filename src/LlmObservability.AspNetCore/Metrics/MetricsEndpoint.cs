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

    // Prometheus' own patience. Kestrel's least rate would let who reads slowly hold a place for hours.
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(10);

    private readonly MetricsCollector _collector;
    private readonly MetricsTexts _texts;
    private readonly TimeProvider _time;
    private int _answering;

    public MetricsEndpoint(IMeterFactory meters, IOptions<LlmAspNetCoreOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        _collector = new MetricsCollector(meters, options.Value.Metrics, new GuardedLogger(loggers.CreateLogger(AspNetCoreMeter.Name)));
        _texts = new MetricsTexts(_collector, time);
        _time = time;
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
            await TellAsync(context).ConfigureAwait(false);
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

    public void Dispose()
    {
        _texts.Dispose();
        _collector.Dispose();
    }

    private async Task TellAsync(HttpContext context)
    {
        var response = context.Response;
        var openMetrics = MetricsFormat.WantsOpenMetrics(context.Request.Headers.Accept);
        var text = await _texts.ReadAsync(openMetrics, context.RequestAborted).ConfigureAwait(false);
        try
        {
            response.ContentType = openMetrics ? MetricsFormat.OpenMetrics : MetricsFormat.Text;
            response.ContentLength = text.Body.Length;
            response.Headers.CacheControl = "no-store";
            response.Headers.Vary = "Accept";
            response.Headers.XContentTypeOptions = "nosniff";
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await WriteAsync(context, text.Body).ConfigureAwait(false);
            }
        }
        finally
        {
            _texts.Done(text);
        }
    }

    private async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        using var tooLong = new CancellationTokenSource(LongestWrite, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, tooLong.Token);
        try
        {
            await context.Response.Body.WriteAsync(body, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (tooLong.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // Half a text cannot be made whole: the connection is closed, so that it is not taken for one.
            context.Abort();
        }
    }
}
