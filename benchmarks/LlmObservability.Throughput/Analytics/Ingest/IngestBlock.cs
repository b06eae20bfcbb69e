using System.Diagnostics;

namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>What a block took, one way.</summary>
/// <param name="Rows">Calls written.</param>
/// <param name="Elapsed">From the first batch until the work in the background was done.</param>
/// <param name="Settling">The part of it after the last batch.</param>
/// <param name="Processor">Processor time of this process meanwhile.</param>
internal readonly record struct IngestBlock(long Rows, TimeSpan Elapsed, TimeSpan Settling, TimeSpan Processor)
{
    public double RowsPerSecond => Rows / Elapsed.TotalSeconds;

    public static async Task<IngestBlock> RunAsync(IIngestWay way, IReadOnlyList<PlainCall[]> batches)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, way.Writers).Select(writer => Task.Run(async () =>
        {
            for (var batch = writer; batch < batches.Count; batch += way.Writers)
            {
                await way.WriteAsync(writer, batches[batch]);
            }
        })));
        var written = Stopwatch.GetTimestamp();
        await way.SettleAsync();
        return new IngestBlock(
            batches.Sum(batch => (long)batch.Length),
            Stopwatch.GetElapsedTime(begin),
            Stopwatch.GetElapsedTime(written),
            Environment.CpuUsage.TotalTime - processor);
    }
}
