using System.Diagnostics;
using LlmObservability.OpenTelemetry;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.AI;

namespace LlmObservability.Throughput;

/// <summary>Two sinks, PostgreSQL and OTLP, of which one is down: whether the other keeps up, and what a call notices.</summary>
internal sealed class SinksBenchmark(ThroughputOptions options)
{
    private const int DefaultRate = 5_000;
    private const string Schema = "throughput_sinks";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Hi")];

    private enum Down
    {
        Neither,
        OtlpCut,
        OtlpHangs,
        Postgres,
    }

    public async Task<bool> RunAsync()
    {
        ThreadPool.SetMinThreads(16, 16);
        await using var server = new PostgresServer { Settings = ["shared_buffers=256MB", "max_wal_size=4GB", "fsync=on", "full_page_writes=on"] };
        await server.InitializeAsync();
        await using var receiver = await DiscardingReceiver.StartAsync();
        Report.Line($".NET {Environment.Version}, {Environment.ProcessorCount} processors, load in the minute before: {BenchmarkDatabase.Load()}");
        Report.Line($"sinks: {options.Producers} producers, {options.Rate ?? DefaultRate:N0} calls/s for {options.Seconds} s a way; both sinks spill to disk; server and receiver on this machine");
        await FastestAsync(receiver);
        var whole = true;
        foreach (var down in Enum.GetValues<Down>())
        {
            whole &= await OnceAsync(server, receiver, down);
        }

        return whole;
    }

    /// <summary>How fast the OTLP sink alone is, with the records of one batch sent again and again.</summary>
    private async Task FastestAsync(DiscardingReceiver receiver)
    {
        await using var sink = new OtlpLlmSink(new OtlpLlmOptions { Endpoint = receiver.Address });
        var batch = new LlmBatch(Guid.NewGuid(), 1, new SampleCalls(1).Create(1_000));
        for (var i = 0; i < 20; i++)
        {
            await sink.WriteAsync(batch, CancellationToken.None);
        }

        receiver.Forget();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begin = Stopwatch.GetTimestamp();
        var records = 0L;
        while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(Math.Min(options.Seconds, 5)))
        {
            await sink.WriteAsync(batch, CancellationToken.None);
            records += batch.Envelopes.Count;
        }

        var elapsed = Stopwatch.GetElapsedTime(begin);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Report.Line($"OTLP alone, batches of 1,000 calls one after the other: {records / elapsed.TotalSeconds:N0} records/s, {(double)receiver.Bytes / records:N0} bytes a record, {(double)allocated / records:N0} bytes allocated a record, the receiver's included");
    }

    private async Task<bool> OnceAsync(PostgresServer server, DiscardingReceiver receiver, Down down)
    {
        var folder = Directory.CreateTempSubdirectory("llm-observability-sinks-").FullName;
        receiver.Heal();
        await using var store = PostgresLlmStore.Create(server.ConnectionString() + ";Timeout=2;Command Timeout=5", new PostgresLlmOptions { Schema = Schema });
        await store.PrepareAsync(CancellationToken.None);
        await using var otlp = new OtlpLlmSink(new OtlpLlmOptions { Endpoint = receiver.Address });
        var observability = new LlmObservabilityOptions { Service = "shop", Environment = "Production" };
        observability.Pipeline.Directory = folder;
        observability.Pipeline.Durability = LlmDurability.Spill;
        observability.Pipeline.WriteTimeout = TimeSpan.FromSeconds(2);
        IDisposable? frozen = null;
        try
        {
            await using var observer = LlmObserver.Create([store, otlp], observability, loggerFactory: new ReportedLog());
            var client = new FreshChatClient().WithLlmObservability(observer);
            await WarmUpAsync(client, observer);
            if (down is Down.OtlpCut or Down.OtlpHangs)
            {
                receiver.Break(hanging: down == Down.OtlpHangs);
            }

            frozen = down == Down.Postgres ? server.Freeze(postmaster: true) : null;
            var figures = await LoadAsync(client, observer, down);
            frozen?.Dispose();
            receiver.Heal();
            var begin = Stopwatch.GetTimestamp();
            await FlushAsync(observer);
            Report.Line($"{figures}; {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s after it was back both had all, dropped {observer.GetStatistics().Dropped:N0}");
            return observer.GetStatistics().Dropped == 0;
        }
        finally
        {
            frozen?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WarmUpAsync(IChatClient client, LlmObserver observer)
    {
        for (var i = 0; i < 5_000; i++)
        {
            await client.GetResponseAsync(Messages);
        }

        await FlushAsync(observer);
    }

    // A flush waits for what is in memory; what was spilled comes in behind it.
    private static async Task FlushAsync(LlmObserver observer)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        do
        {
            await observer.FlushAsync(bound.Token);
            await Task.Delay(Look, bound.Token);
        }
        while (observer.GetStatistics().Sinks.Any(sink => sink.QueuedItems > 0 || sink.Spool is { Records: > 0 }));
    }

    private async Task<FormattableString> LoadAsync(IChatClient client, LlmObserver observer, Down down)
    {
        var healthy = down == Down.Postgres ? 1 : 0;
        var written = observer.GetStatistics().Sinks[healthy].Written;
        using var ended = new CancellationTokenSource();
        var ages = AgesAsync(observer, healthy, ended.Token);
        var begin = Stopwatch.GetTimestamp();
        var taken = (await Task.WhenAll(Enumerable.Range(0, options.Producers).Select(number => Task.Run(() => ProduceAsync(client, number, begin)))))
            .SelectMany(times => times).Order().ToArray();
        var elapsed = Stopwatch.GetElapsedTime(begin);
        var statistics = observer.GetStatistics().Sinks;
        await ended.CancelAsync();
        var oldest = (await ages).Order().ToArray();
        var other = statistics[1 - healthy];
        return $"{down,-12} {taken.Length / elapsed.TotalSeconds:N0} calls/s; {statistics[healthy].Name} had {(statistics[healthy].Written - written) / (double)taken.Length:P1} of them as the last returned, its oldest waited {Report.Median(oldest) * 1e3:N0} ms (median), {oldest[^1] * 1e3:N0} ms (most); a call p50 {taken[taken.Length / 2]:N0} us, p99 {taken[(int)(taken.Length * 0.99)]:N0} us; {other.Name} had {other.QueuedItems:N0} waiting and {other.Spool?.Records ?? 0:N0} on disk";
    }

    private static async Task<List<double>> AgesAsync(LlmObserver observer, int sink, CancellationToken ended)
    {
        List<double> ages = [];
        using var timer = new PeriodicTimer(Look);
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(Look, CancellationToken.None);
            ages.Add(observer.GetStatistics().Sinks[sink].OldestAge.TotalSeconds);
        }

        return ages;
    }

    private async Task<List<double>> ProduceAsync(IChatClient client, int number, long begin)
    {
        var rate = (options.Rate ?? DefaultRate) / (double)options.Producers;
        var tags = Enumerable.Range(0, 16).Select(SampleCalls.TagsOf).ToArray();
        List<double> taken = [];
        using var timer = new PeriodicTimer(Tick);
        while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(options.Seconds))
        {
            while (taken.Count < Stopwatch.GetElapsedTime(begin).TotalSeconds * rate)
            {
                using var scope = LlmScope.Begin(tags[(number + taken.Count) & 15]);
                var start = Stopwatch.GetTimestamp();
                await client.GetResponseAsync(Messages);
                taken.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            await timer.WaitForNextTickAsync();
        }

        return taken;
    }
}
