using System.Buffers;

namespace LlmObservability.Dashboard.Export;

/// <summary>
/// Gathers bytes, and gives them to a client as fast as it takes them. A client that takes nothing for too long is cut off. What is
/// held is one buffer, however much follows. For one writer.
/// </summary>
internal sealed class BoundedOutput(Stream body, TimeSpan slowest, TimeProvider time)
{
    /// <summary>Given on when so much has gathered.</summary>
    public const int Full = 32 * 1024;

    // A buffer that one enormous call made larger is not kept.
    private const int MostKept = 16 * Full;

    public ArrayBufferWriter<byte> Buffer { get; private set; } = new(2 * Full);

    public ValueTask FlushIfFullAsync(CancellationToken cancellationToken) =>
        Buffer.WrittenCount < Full ? default : new ValueTask(FlushAsync(cancellationToken));

    /// <exception cref="TransferBrokenException">The client takes nothing.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(slowest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await body.WriteAsync(Buffer.WrittenMemory, either.Token).ConfigureAwait(false);
            await body.FlushAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw TookNothing();
        }

        // A server may cut the connection instead of throwing.
        if (patience.IsCancellationRequested)
        {
            throw TookNothing();
        }

        if (Buffer.Capacity > MostKept)
        {
            Buffer = new ArrayBufferWriter<byte>(2 * Full);
        }
        else
        {
            Buffer.ResetWrittenCount();
        }
    }

    private static TransferBrokenException TookNothing() => new("the client took nothing for SlowReaderTimeout");
}
