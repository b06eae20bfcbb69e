using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using LlmObservability.Segments;

namespace LlmObservability.Benchmarks;

/// <summary>
/// A log on the machine's own disk, with records of 600 bytes: written without waiting for the disk, with a group commit each
/// 10 ms, and read. Times are by the record; the bytes that a record takes are printed at the end.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 2, iterationCount: 10)]
public class SegmentBenchmark
{
    private const int Records = 200_000;

    private readonly byte[] _payload = new byte[600];
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"segment-benchmark-{Environment.ProcessId}");
    private SegmentDirectory _log = null!;
    private SegmentWriter _writer = null!;

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_payload);
        _log = SegmentDirectory.Open(new DiskSegmentFiles(_path), new SegmentOptions(), TimeProvider.System, happened => Console.WriteLine(happened));
        _writer = _log.OpenWriter();
    }

    [GlobalSetup(Target = nameof(Read))]
    public async Task SetupRead()
    {
        Setup();
        await WriteWithoutWaiting();
    }

    [IterationCleanup(Targets = [nameof(WriteWithoutWaiting), nameof(WriteWithGroupCommit)])]
    public void Forget()
    {
        _log.Acknowledge(_writer.LastPosition);
        _log.Save();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        Console.WriteLine($"// bytes a record beyond its own: {((double)_writer.Bytes / (_writer.LastPosition - _writer.FirstPosition + 1)) - _payload.Length:F3}");
        await _writer.DisposeAsync();
        _log.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    /// <summary>The disk is waited for each 4 MiB only, as the options say.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public async Task WriteWithoutWaiting()
    {
        for (var i = 0; i < Records; i++)
        {
            while (_writer.TryAppend(1, _payload, out _) != AppendOutcome.Appended)
            {
                await _writer.FlushAsync(toDisk: false, CancellationToken.None);
            }
        }

        await _writer.FlushAsync(toDisk: false, CancellationToken.None);
    }

    /// <summary>One loop writes and flushes each 10 ms while records come as fast as they are taken; ends when all are durable.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public async Task WriteWithGroupCommit()
    {
        using var done = new CancellationTokenSource();
        var committing = CommitAsync(done.Token);
        for (var i = 0; i < Records; i++)
        {
            while (_writer.TryAppend(1, _payload, out _) != AppendOutcome.Appended)
            {
                await _writer.WaitAsync(_writer.DurablePosition + 1, CancellationToken.None);
            }
        }

        await _writer.WaitAsync(_writer.LastPosition, CancellationToken.None);
        await done.CancelAsync();
        await committing;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Read()
    {
        using var reader = _log.OpenReader();
        var count = 0L;
        while (reader.TryRead(out _))
        {
            count++;
        }

        return count == Records ? count : throw new InvalidOperationException($"{count} records read.");
    }

    private async Task CommitAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await _writer.FlushAsync(toDisk: true, CancellationToken.None);
            var rest = TimeSpan.FromMilliseconds(10) - Stopwatch.GetElapsedTime(start);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, CancellationToken.None);
            }
        }
    }
}
