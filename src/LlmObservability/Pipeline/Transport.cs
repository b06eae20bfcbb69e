using LlmObservability.Sinks;
using LlmObservability.Spool;

namespace LlmObservability.Pipeline;

/// <summary>Begins what goes to the sink, beside the pump, and tells the pump when it ends. It never fails.</summary>
internal sealed class Transport(SinkParts parts, BatchWriter writer, SinkSpool? spool, Action ended)
{
    /// <summary>Prepares the sink.</summary>
    public Delivery Prepare()
    {
        return Begin(new Delivery(), async _ =>
        {
            await writer.PrepareWithRetryAsync().ConfigureAwait(false);
            return default;
        });
    }

    /// <summary>Writes a batch that is in memory.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="through">Where it ends in the spool; 0 when it is not there.</param>
    public Delivery Write(LlmBatch batch, long through) =>
        Begin(new Delivery { Batch = batch, Through = through, Started = parts.Time.GetTimestamp() }, WriteAsync);

    /// <summary>Reads the next batch of the spool, and writes it.</summary>
    public Delivery ReadAndWrite() => Begin(new Delivery { FromDisk = true, Started = parts.Time.GetTimestamp() }, ReadAndWriteAsync);

    private Delivery Begin(Delivery delivery, Func<Delivery, Task<BatchOutcome>> step)
    {
        delivery.Task = Task.Run(async () =>
        {
            try
            {
                return await step(delivery).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // A defect: what it held must be counted.
                var count = delivery.Batch?.Envelopes.Count ?? 0;
                if (parts.Counters.Dropped(LlmDropReason.RecorderError, count) || count == 0)
                {
                    parts.Logger.RecorderFailed(error.GetType().FullName, error.StackTrace);
                }

                return new BatchOutcome(count, Committed: false);
            }
        });
        _ = delivery.Task.ContinueWith(
            static (_, ended) => ((Action)ended!)(),
            ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return delivery;
    }

    private Task<BatchOutcome> WriteAsync(Delivery delivery)
    {
        parts.Meter.BatchCut(delivery.Batch!.Envelopes.Count, parts.Tag);
        return writer.WriteAsync(delivery.Batch);
    }

    private async Task<BatchOutcome> ReadAndWriteAsync(Delivery delivery)
    {
        try
        {
            var read = spool!.Read();
            (delivery.Batch, delivery.Through) = (read.Batch, read.Through);
        }
        catch (Exception error)
        {
            // Whatever it is: it is tried again after a pause, and passed over in the end.
            delivery.ReadFailure = error;
        }

        delivery.IsRead = true;
        ended();
        return delivery.Batch is null ? default : await WriteAsync(delivery).ConfigureAwait(false);
    }
}
