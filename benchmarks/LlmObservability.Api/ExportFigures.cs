using System.Diagnostics;

namespace LlmObservability.Api;

/// <summary>How much memory an export takes, and how fast it is.</summary>
internal static class ExportFigures
{
    public static async Task WriteAsync(string store, MeasuredApi api)
    {
        using var http = new HttpClient { BaseAddress = api.Address, Timeout = TimeSpan.FromMinutes(10) };
        foreach (var format in new[] { "jsonl", "csv" })
        {
            // What is made once a process is made before.
            await ReadAsync(http, format);
            var (elapsed, bytes) = await ReadAsync(http, format);
            using var watch = new HeapWatch();
            await ReadAsync(http, format);
            await watch.EndAsync();
            Console.WriteLine(
                $"export of {store}, {format}: {bytes / 1024.0 / 1024.0:N0} MiB in {elapsed.TotalSeconds:N1} s, {bytes / elapsed.TotalSeconds / 1024 / 1024:N0} MiB/s; "
                + $"the most that lived besides: {watch.Most / 1024.0:N0} KiB ({watch.Looks} full collections)");
        }
    }

    private static async Task<(TimeSpan Elapsed, long Bytes)> ReadAsync(HttpClient http, string format)
    {
        var start = Stopwatch.GetTimestamp();
        await using var stream = await http.GetStreamAsync(new Uri("export?format=" + format, UriKind.Relative));
        var buffer = new byte[64 * 1024];
        var bytes = 0L;
        for (int read; (read = await stream.ReadAsync(buffer)) > 0; bytes += read)
        {
        }

        return (Stopwatch.GetElapsedTime(start), bytes);
    }
}
