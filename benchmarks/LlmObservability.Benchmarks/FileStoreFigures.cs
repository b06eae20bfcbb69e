using System.Diagnostics;
using LlmObservability.Files;
using LlmObservability.Sinks;
using LlmObservability.Throughput;

namespace LlmObservability.Benchmarks;

/// <summary>A file store on the machine's own disk with a million calls: written in batches, opened with windows of several sizes, exported.</summary>
internal static class FileStoreFigures
{
    private const int Calls = 1_000_000;
    private const int BatchCalls = 1_000;
    private const int Rounds = 5;

    public static async Task WriteAsync(TextWriter output)
    {
        var directory = Path.Combine(Path.GetTempPath(), $"file-store-figures-{Environment.ProcessId}");
        try
        {
            await FillAsync(directory, output);
            foreach (var window in new[] { 1_000, 10_000, 100_000 })
            {
                await OpenAsync(directory, window, output);
            }

            await ExportAsync(directory, output);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static FileLlmStore New(string directory, int window) =>
        new(new FileLlmStoreOptions { Directory = directory, MaxCalls = window, MaxBytes = 8L * 1024 * 1024 * 1024 });

    private static async Task FillAsync(string directory, TextWriter output)
    {
        await using var store = New(directory, window: 1);
        await store.PrepareAsync(CancellationToken.None);
        var (script, writer, times) = (new SampleCalls(1), Guid.NewGuid(), new List<double>());
        for (var first = 1; first <= Calls; first += BatchCalls)
        {
            var batch = new LlmBatch(writer, first, script.Create(BatchCalls));
            var start = Stopwatch.GetTimestamp();
            await store.WriteAsync(batch, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        var bytes = new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
        await output.WriteLineAsync(
            $"written: {Calls / times.Sum() * 1000:N0} calls/s durable in batches of {BatchCalls:N0}; a batch p50 {times[times.Count / 2]:F1} ms, " +
            $"p99 {times[times.Count * 99 / 100]:F1} ms; {bytes / (double)Calls:F0} bytes a call, {bytes / 1024.0 / 1024.0:N0} MiB");
    }

    /// <summary>The least time of some rounds, and what stays in memory.</summary>
    private static async Task OpenAsync(string directory, int window, TextWriter output)
    {
        var (least, retained) = (TimeSpan.MaxValue, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            var (elapsed, bytes) = await OpenOnceAsync(directory, window);
            least = elapsed < least ? elapsed : least;
            retained = Math.Max(bytes, retained);
        }

        await output.WriteLineAsync(
            $"opened with a window of {window:N0} calls: {least.TotalMilliseconds:N0} ms, {Calls / least.TotalSeconds:N0} records/s; " +
            $"{retained / 1024.0 / 1024.0:N0} MiB stay in memory, {retained / (double)window:N0} bytes a call");
    }

    // A method of its own, so that nothing holds the store of the round before.
    private static async Task<(TimeSpan Elapsed, long Retained)> OpenOnceAsync(string directory, int window)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var store = New(directory, window);
        var start = Stopwatch.GetTimestamp();
        await store.PrepareAsync(CancellationToken.None);
        var elapsed = Stopwatch.GetElapsedTime(start);
        return (elapsed, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    private static async Task ExportAsync(string directory, TextWriter output)
    {
        await using var store = New(directory, window: 1);
        await store.PrepareAsync(CancellationToken.None);
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var lines = await store.ExportJsonLinesAsync(Stream.Null);
        var elapsed = Stopwatch.GetElapsedTime(start);
        await output.WriteLineAsync($"exported: {lines / elapsed.TotalSeconds:N0} lines/s, {(GC.GetTotalAllocatedBytes() - allocated) / (double)lines:F1} bytes allocated a line");
    }
}
