using System.Net;
using System.Net.Http.Headers;

namespace LlmObservability.OpenTelemetry.Otlp;

/// <summary>A message on its way. A handler may still be copying it when the answer is there: then its memory is not to be used again.</summary>
internal sealed class OtlpContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private int _copying;

    public OtlpContent(ReadOnlyMemory<byte> body, bool gzip)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    /// <summary>Whether nobody copies it just now.</summary>
    public bool IsIdle => Volatile.Read(ref _copying) == 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _copying);
        try
        {
            await stream.WriteAsync(_body, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _copying);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
