using System.Diagnostics;

namespace LlmObservability.Throughput;

/// <summary>What one way of writing took in a round.</summary>
internal sealed class WayTotal
{
    public long Rows { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Processor time of the whole process while it ran.</summary>
    public TimeSpan Processor { get; private set; }

    /// <summary>What each batch took, in milliseconds.</summary>
    public List<double> Batches { get; } = [];

    public double RowsPerSecond => Rows / Elapsed.TotalSeconds;

    public async Task MeasureAsync(int rows, Func<Task> write)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var begin = Stopwatch.GetTimestamp();
        await write();
        var elapsed = Stopwatch.GetElapsedTime(begin);
        Elapsed += elapsed;
        Batches.Add(elapsed.TotalMilliseconds);
        Processor += Environment.CpuUsage.TotalTime - processor;
        Rows += rows;
    }
}
