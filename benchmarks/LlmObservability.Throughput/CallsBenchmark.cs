using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>From wrapped client to committed row, with the pipeline's default options.</summary>
internal sealed class CallsBenchmark(BenchmarkDatabase database, ThroughputOptions options)
{
    private const string Schema = "throughput_calls";

    // Producers look at the queue this often, and wait while it is fuller than half: between two looks it cannot fill.
    private const int CallsALook = 128;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    public async Task<bool> RunAsync()
    {
        await database.DescribeAsync();
        await using var store = await database.CreateStoreAsync(Schema);
        var sink = new MeasuredSink(store);
        var observability = new LlmObservabilityOptions { Service = "shop", Environment = "Production" };
        await using var observer = LlmObserver.Create([sink], observability);
        var client = new FreshChatClient().WithLlmObservability(observer);
        return await RunAsync(client, sink, observer, observability.Pipeline.MaxQueueItems / 2);
    }

    private async Task<bool> RunAsync(IChatClient client, MeasuredSink sink, LlmObserver observer, int mark)
    {
        var aim = options.Rate is { } rate ? FormattableString.Invariant($"at {rate:N0} calls/s") : "as fast as the sink takes them";
        Report.Line($"calls: {options.Producers} producers for {options.Seconds} s, {aim}; three tags a call, default pipeline");

        using var process = Process.GetCurrentProcess();
        var processorTime = process.TotalProcessorTime;
        var begin = Stopwatch.GetTimestamp();
        var producers = Enumerable.Range(0, options.Producers)
            .Select(number => Task.Run(() => ProduceAsync(client, observer, number, mark, begin)))
            .ToArray();
        var calls = (await Task.WhenAll(producers)).Sum();
        var called = Stopwatch.GetElapsedTime(begin);
        await observer.FlushAsync(CancellationToken.None);
        var elapsed = Stopwatch.GetElapsedTime(begin);
        process.Refresh();
        var used = process.TotalProcessorTime - processorTime;

        var rows = await database.CountAsync(Schema);
        var statistics = observer.GetStatistics();
        Report.Line($"calls {calls:N0}, rows {rows:N0}, dropped {statistics.Dropped:N0}, retries {statistics.Sinks[0].Retries:N0}");
        Report.Line($"{calls / elapsed.TotalSeconds:N0} calls/s from the first call to the last committed row ({called.TotalSeconds:F2} s of calling, {elapsed.TotalSeconds:F2} s in all)");
        Report.Line($"batches {sink.Batches:N0} of {(double)rows / Math.Max(sink.Batches, 1):F0} rows; one was being written {sink.Busy / elapsed:P0} of the time");
        Report.Line($"this process used {used.TotalMicroseconds / calls:F1} us of processor a call, on {used / elapsed:F2} processors");
        return rows == calls && statistics.Dropped == 0;
    }

    private async Task<long> ProduceAsync(IChatClient client, LlmObserver observer, int number, int mark, long begin)
    {
        var end = TimeSpan.FromSeconds(options.Seconds);
        var tags = Enumerable.Range(0, 16).Select(SampleCalls.TagsOf).ToArray();
        var calls = 0L;
        TimeSpan elapsed;
        while ((elapsed = Stopwatch.GetElapsedTime(begin)) < end)
        {
            if (observer.GetStatistics().Sinks[0].QueuedItems > mark || IsAhead(calls, elapsed))
            {
                await Task.Delay(Pause);
                continue;
            }

            for (var i = 0; i < CallsALook; i++, calls++)
            {
                // A scope a call, as every request has one of its own.
                using var scope = LlmScope.Begin(tags[(number + (int)calls) & 15]);
                await client.GetResponseAsync(Messages);
            }
        }

        return calls;
    }

    private bool IsAhead(long calls, TimeSpan elapsed) =>
        options.Rate is { } rate && calls > elapsed.TotalSeconds * rate / options.Producers;
}
