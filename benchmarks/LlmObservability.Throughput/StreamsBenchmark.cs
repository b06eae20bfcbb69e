using System.Diagnostics;
using LlmObservability.Sinks;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>Many streams open at once: bare, wrapped, and wrapped over a sink that never comes back.</summary>
internal sealed class StreamsBenchmark(ThroughputOptions options)
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    private bool _complete = true;

    public async Task<bool> RunAsync()
    {
        Report.Line($"streams: {options.Streams:N0} open at once, {options.Updates} updates each; .NET {Environment.Version}, {Environment.ProcessorCount} processors");
        // Compiles everything, and fills what is kept for good (thread pool, caches).
        await RunAsync("warm-up", new DiscardingSink(), Math.Min(options.Streams, 500));

        var bare = await RunAsync("bare client", null, options.Streams);
        var wrapped = await RunAsync("wrapped", new DiscardingSink(), options.Streams);
        var blocked = new BlockedSink();
        await RunAsync("wrapped, the sink blocks for ever", blocked, options.Streams);
        blocked.Release();
        Report.Line($"an open stream takes {(wrapped - bare) / (double)options.Streams:N0} bytes more with the wrapper");
        return _complete;
    }

    /// <summary>Opens all, reads half, measures, reads the rest, measures; returns the bytes that the open streams hold.</summary>
    private async Task<long> RunAsync(string name, ILlmSink? sink, int streams)
    {
        // A sink that blocks is given up at the end; waiting for it would measure nothing.
        var observer = sink is null
            ? null
            : LlmObserver.Create([sink], new LlmObservabilityOptions { Pipeline = { ShutdownTimeout = TimeSpan.Zero } });
        var gate = new StreamGate(options.Updates);
        IChatClient client = new GatedChatClient(gate);
        client = observer is null ? client : client.WithLlmObservability(observer);
        var read = new int[options.Updates];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var paused = GC.GetTotalPauseDuration();
        var begin = Stopwatch.GetTimestamp();
        var consumers = new Task<StreamClock>[streams];
        for (var i = 0; i < streams; i++)
        {
            consumers[i] = ConsumeAsync(client, read);
        }

        var half = options.Updates / 2;
        for (var i = 0; i < half; i++)
        {
            gate.Open(i);
            await AllAsync(read, i, streams);
        }

        var reading = Stopwatch.GetElapsedTime(begin);
        var pause = GC.GetTotalPauseDuration() - paused;
        var open = GC.GetTotalMemory(forceFullCollection: true) - before;
        paused = GC.GetTotalPauseDuration();
        begin = Stopwatch.GetTimestamp();
        for (var i = half; i < options.Updates; i++)
        {
            gate.Open(i);
            await AllAsync(read, i, streams);
        }

        var clocks = await Task.WhenAll(consumers);
        reading += Stopwatch.GetElapsedTime(begin);
        pause += GC.GetTotalPauseDuration() - paused;
        var longest = Stopwatch.GetElapsedTime(0, clocks.Max(clock => clock.Longest));
        var usual = Stopwatch.GetElapsedTime(0, (long)Report.Median(clocks.Select(clock => (double)clock.Longest)));
        var mean = Stopwatch.GetElapsedTime(0, clocks.Sum(clock => clock.Total)) / clocks.Sum(clock => clock.Steps);
        var statistics = observer?.GetStatistics();
        if (sink is DiscardingSink)
        {
            await observer!.FlushAsync(CancellationToken.None);
        }

        if (observer is not null)
        {
            await observer.DisposeAsync();
        }

        (clocks, consumers, gate, client, observer) = ([], [], null!, null!, null);
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        Report.Line($"{name}:");
        Report.Line($"  all {streams:N0} streams read to their end in {reading.TotalSeconds:F2} s, of which collections paused {pause.TotalMilliseconds:F0} ms; recorded {statistics?.Calls ?? 0:N0}");
        Report.Line($"  memory while open {open / 1048576.0:F1} MiB, {open / (double)streams:N0} bytes a stream; {left / 1048576.0:F1} MiB after");
        Report.Line($"  a step between consumer and inner client: mean {mean.TotalMicroseconds:F2} us; a stream's longest: median {usual.TotalMicroseconds:F0} us, of all {longest.TotalMilliseconds:F2} ms");
        _complete &= statistics is null || statistics.Calls == streams;

        GC.KeepAlive(client);
        return open;
    }

    private static async Task<StreamClock> ConsumeAsync(IChatClient client, int[] read)
    {
        // A scope a stream, as every request has one of its own.
        using var scope = LlmScope.Begin(SampleCalls.TagsOf(0));
        var clock = new StreamClock();
        var step = 0;
        await using var stream = client.GetStreamingResponseAsync(Messages, clock).GetAsyncEnumerator();
        while (true)
        {
            clock.Ask();
            var more = await stream.MoveNextAsync();
            clock.Answered();
            if (!more)
            {
                return clock;
            }

            Interlocked.Increment(ref read[step++]);
        }
    }

    private static async Task AllAsync(int[] read, int update, int streams)
    {
        while (Volatile.Read(ref read[update]) < streams)
        {
            await Task.Delay(1);
        }
    }
}
