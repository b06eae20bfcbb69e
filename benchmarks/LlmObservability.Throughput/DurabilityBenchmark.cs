using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>What each durability costs a call, how fast the write-ahead log is, and how large a record in it.</summary>
internal sealed class DurabilityBenchmark(ThroughputOptions options)
{
    private const int CallsALook = 128;
    private const int Warmup = 30_000;
    private const int Rounds = 1_000;
    private const int CallsARound = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    public async Task<bool> RunAsync()
    {
        // A server that serves has more threads than processors; without, the producers alone would hold all of them.
        ThreadPool.SetMinThreads(16, 16);
        var root = options.Directory ?? Path.Combine(Path.GetTempPath(), "llm-observability-durability-" + Environment.ProcessId);
        Directory.CreateDirectory(root);
        try
        {
            Report.Line($"durability: logs below {root}, a sink that discards, three tags a call");
            await CostAsync(root);
            var whole = await BurstAsync(root);
            foreach (var callers in new[] { 1, 16, 128 })
            {
                await SynchronousAsync(root, callers);
            }

            return whole;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The least of many rounds, the modes in turn; nothing is under way when a round begins.</summary>
    private static async Task CostAsync(string root)
    {
        LlmDurability[] modes = [LlmDurability.Memory, LlmDurability.Spill, LlmDurability.WriteAhead];
        var observers = modes.Select(mode => Create(root, mode, "cost")).ToArray();
        var clients = observers.Select(observer => new InstantClient().WithLlmObservability(observer)).ToArray();
        var least = new double[modes.Length];
        Array.Fill(least, double.MaxValue);
        using var scope = LlmScope.Begin(SampleCalls.TagsOf(1));
        for (var round = -(Warmup / CallsARound); round < Rounds; round++)
        {
            for (var way = 0; way < modes.Length; way++)
            {
                var begin = Stopwatch.GetTimestamp();
                for (var i = 0; i < CallsARound; i++)
                {
                    await clients[way].GetResponseAsync(Messages);
                }

                var elapsed = Stopwatch.GetElapsedTime(begin).TotalNanoseconds / CallsARound;
                await observers[way].FlushAsync(CancellationToken.None);
                least[way] = round < 0 ? least[way] : Math.Min(least[way], elapsed);
            }
        }

        for (var way = 0; way < modes.Length; way++)
        {
            Report.Line($"{modes[way],-12} {least[way],8:N0} ns a call, {least[way] - least[0],6:N0} ns more than in memory");
            await observers[way].DisposeAsync();
        }
    }

    private async Task<bool> BurstAsync(string root)
    {
        var observer = Create(root, LlmDurability.WriteAhead, "burst");
        var client = new FreshChatClient().WithLlmObservability(observer);
        using var process = Process.GetCurrentProcess();
        var used = process.TotalProcessorTime;
        var begin = Stopwatch.GetTimestamp();
        var calls = (await Task.WhenAll(Enumerable.Range(0, options.Producers).Select(number => Task.Run(() => ProduceAsync(client, observer, number, begin))))).Sum();
        while (observer.GetStatistics().Sinks[0].QueuedItems > 0)
        {
            await Task.Delay(Pause);
        }

        var elapsed = Stopwatch.GetElapsedTime(begin);
        await observer.FlushAsync(CancellationToken.None);
        var written = Stopwatch.GetElapsedTime(begin);
        process.Refresh();
        used = process.TotalProcessorTime - used;
        var statistics = observer.GetStatistics();
        var spool = statistics.Sinks[0].Spool!;
        Report.Line(
            $"burst of {options.Seconds} s, {options.Producers} producers: {calls:N0} calls, {spool.Logged:N0} logged and flushed to disk, {spool.Logged / elapsed.TotalSeconds:N0} records/s ({written.TotalSeconds:F1} s until the sink had the last), dropped {statistics.Dropped:N0}, read back {spool.ReadBack:N0}");
        Report.Line($"the process used {used.TotalMicroseconds / calls:F1} us of processor a call, on {used / written:F2} processors; {spool.Failure ?? "the disk never failed"}");
        await observer.DisposeAsync();

        // Where nothing is acknowledged, all bytes are there to be counted.
        await using var blocked = Create(root, LlmDurability.WriteAhead, "size", new BlockedSink());
        var sized = new FreshChatClient().WithLlmObservability(blocked);
        for (var i = 0; i < 20_000; i++)
        {
            using var scope = LlmScope.Begin(SampleCalls.TagsOf(i & 15));
            await sized.GetResponseAsync(Messages);
        }

        while (blocked.GetStatistics().Sinks[0].QueuedItems > 0)
        {
            await Task.Delay(Pause);
        }

        await Task.Delay(200);
        var kept = blocked.GetStatistics().Sinks[0].Spool!;
        Report.Line($"a record takes {(double)kept.Bytes / kept.Logged:F0} bytes on disk");
        return spool.Logged == calls && statistics.Dropped == 0;
    }

    private async Task<long> ProduceAsync(IChatClient client, LlmObserver observer, int number, long begin)
    {
        var end = TimeSpan.FromSeconds(options.Seconds);
        var tags = Enumerable.Range(0, 16).Select(SampleCalls.TagsOf).ToArray();
        var calls = 0L;
        while (Stopwatch.GetElapsedTime(begin) < end)
        {
            if (observer.GetStatistics().Sinks[0].QueueFullness > 0.5)
            {
                await Task.Delay(Pause);
                continue;
            }

            for (var i = 0; i < CallsALook; i++, calls++)
            {
                using var scope = LlmScope.Begin(tags[(number + (int)calls) & 15]);
                await client.GetResponseAsync(Messages);
            }
        }

        return calls;
    }

    private static async Task SynchronousAsync(string root, int callers)
    {
        await using var observer = Create(root, LlmDurability.WriteAheadSynchronous, $"synchronous-{callers}");
        var client = new FreshChatClient().WithLlmObservability(observer);
        var begin = Stopwatch.GetTimestamp();
        var times = (await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var taken = new List<double>();
            while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(5))
            {
                var start = Stopwatch.GetTimestamp();
                await client.GetResponseAsync(Messages);
                taken.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            return taken;
        })))).SelectMany(taken => taken).Order().ToArray();
        Report.Line(
            $"synchronous, {callers,3} callers: p50 {times[times.Length / 2]:N0} us, p99 {times[(int)(times.Length * 0.99)]:N0} us, {times.Length / 5.0:N0} calls/s, waits ended by the bound {observer.GetStatistics().CommitTimeouts}");
    }

    private static LlmObserver Create(string root, LlmDurability durability, string name, Sinks.ILlmSink? sink = null)
    {
        var observability = new LlmObservabilityOptions { Service = "shop", Environment = "Production" };
        observability.Pipeline.Directory = Path.Combine(root, $"{name}-{durability}");
        observability.Pipeline.Durability = durability;
        observability.Pipeline.MaxSpoolBytes = 8L * 1024 * 1024 * 1024;
        return LlmObserver.Create([sink ?? new DiscardingSink()], observability, loggerFactory: new ReportedLog());
    }

    /// <summary>Answers with the same response each time, so that only the wrapper is timed.</summary>
    private sealed class InstantClient : DelegatingChatClient
    {
        private readonly Task<ChatResponse> _answer;

        public InstantClient()
            : base(new FreshChatClient())
        {
            _answer = InnerClient.GetResponseAsync(Messages);
        }

        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => _answer;
    }
}
