using LlmObservability.Sinks;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>The sink behind the whole pipeline, before servers that fail in every way: nothing is missing, and what comes twice has its id.</summary>
public sealed class OtlpPipelineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-otlp-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false, OtlpSignal.Logs)]
    [InlineData(true, OtlpSignal.Logs)]
    [InlineData(true, OtlpSignal.Spans)]
    public async Task Through_all_failures_that_pass_every_record_arrives(bool spool, OtlpSignal signal)
    {
        // Each request fails in the next way, until all of them were seen; some are taken though the answer gets lost.
        Func<OtlpServer, OtlpReceived, HttpContext, Task>[] failures =
        [
            (_, _, http) => OtlpServer.SayAsync(http, 429, "Retry-After", "0", "{}"),
            (_, _, http) => OtlpServer.SayAsync(http, 503, ""),
            (_, _, http) => OtlpServer.SayAsync(http, 401, "{}"),
            (_, _, http) => OtlpServer.SayAsync(http, 404, "not here", "text/html"),
            (_, _, http) => OtlpServer.SayAsync(http, 307, "Location", "http://127.0.0.1:1/", ""),
            (_, _, http) => OtlpServer.SayAsync(http, 200, "<html>", "text/html"),
            (_, _, http) => OtlpServer.SayAsync(http, 200, "{\"partialSucc"),
            (_, _, http) =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
            async (server, request, http) =>
            {
                // Taken, and the answer is cut.
                http.Response.ContentLength = 100;
                await server.TakeAsync(request, http, "{}");
                http.Abort();
            },
            async (server, request, http) =>
            {
                // Taken, and the answer comes too late.
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                await server.TakeAsync(request, http);
            },
        ];
        var next = 0;
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            next < failures.Length ? failures[next++](server, request, http) : server.TakeAsync(request, http));
        var made = ScriptedCalls.Create(60, seed: 7);
        await using var sink = Sending.Sink(server.Address, options =>
        {
            options.Signal = signal;
            options.Timeout = TimeSpan.FromSeconds(1);
        });
        LlmStatistics statistics;
        await using (var observer = LlmObserver.Create([sink], Options(spool, batch: 10)))
        {
            Record(observer, made);
            await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
            statistics = observer.GetStatistics();
        }

        next.ShouldBe(failures.Length);
        statistics.Dropped.ShouldBe(0);
        statistics.Sinks.Single().Written.ShouldBe(60);
        if (signal == OtlpSignal.Logs)
        {
            server.TakenUids.Distinct().Order().ShouldBe(made.SelectMany(Sending.UidsOf).Order());
        }

        // Taken twice, and the same each time.
        server.TakenUids.Count.ShouldBeGreaterThan(server.TakenUids.Distinct().Count());
        foreach (var same in server.Taken.SelectMany(request => request.Records).GroupBy(record => record.Uid))
        {
            same.Select(record => record.Json.GetRawText()).Distinct().ShouldHaveSingleItem();
        }
    }

    [Fact]
    public async Task What_is_on_disk_when_the_process_ends_is_sent_by_the_next_one()
    {
        var port = OtlpServer.FreePort();
        var made = ScriptedCalls.Create(40, seed: 3);
        await using (var sink = Sending.Sink(new Uri($"http://127.0.0.1:{port}")))
        await using (var observer = LlmObserver.Create([sink], Options(spool: true, batch: 10)))
        {
            Record(observer, made);
            await Eventually.Is(() => observer.GetStatistics().Sinks.Single() is { Retries: > 0, Spool.Logged: 40 }, "all are on disk, and the sink fails");
        }

        await using var server = await OtlpServer.StartAsync(port: port);
        await using var again = Sending.Sink(server.Address);
        await using var next = LlmObserver.Create([again], Options(spool: true, batch: 10));
        await Eventually.Is(() => next.GetStatistics().Sinks.Single().Written == 40, "what was left is written");
        server.TakenUids.Order().ShouldBe(made.SelectMany(Sending.UidsOf).Order());
    }

    [Fact]
    public async Task A_server_that_was_away_gets_what_waited()
    {
        var port = OtlpServer.FreePort();
        var made = ScriptedCalls.Create(25, seed: 4);
        await using var sink = Sending.Sink(new Uri($"http://127.0.0.1:{port}"));
        await using var observer = LlmObserver.Create([sink], Options(spool: false, batch: 10));
        Record(observer, made);
        await Eventually.Is(() => observer.GetStatistics().Sinks.Single().Retries > 1, "it is tried again");
        observer.GetStatistics().Sinks.Single().Failure!.ShouldContain("could not be reached");
        await using var server = await OtlpServer.StartAsync(port: port);
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.TakenUids.Order().ShouldBe(made.SelectMany(Sending.UidsOf).Order());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task The_one_record_that_a_server_refuses_is_put_aside_alone(int status)
    {
        var made = ScriptedCalls.Create(64, seed: 5);
        var poison = made[37].CallId;
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            request.Uids.Contains($"{poison}") ? OtlpServer.SayAsync(http, status, "{}") : server.TakeAsync(request, http));
        await using var sink = Sending.Sink(server.Address);
        await using var observer = LlmObserver.Create([sink], Options(spool: true, batch: 64));
        Record(observer, made);
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.TakenUids.Order().ShouldBe(made.Where(envelope => envelope.CallId != poison).SelectMany(Sending.UidsOf).Order());
        var statistics = observer.GetStatistics().Sinks.Single();
        statistics.Written.ShouldBe(63);
        statistics.Dropped[LlmDropReason.Poison].ShouldBe(1);
        Aside().ShouldHaveSingleItem().ShouldContain($"{poison}");
    }

    [Fact]
    public async Task A_request_that_is_too_large_comes_again_in_parts()
    {
        var made = ScriptedCalls.Create(50, seed: 6);
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            request.Records.Count > 12 ? OtlpServer.SayAsync(http, 413, "") : server.TakeAsync(request, http));
        await using var sink = Sending.Sink(server.Address);
        await using var observer = LlmObserver.Create([sink], Options(spool: false, batch: 50));
        Record(observer, made);
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.TakenUids.Order().ShouldBe(made.SelectMany(Sending.UidsOf).Order());
        observer.GetStatistics().Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task A_servers_own_fault_that_does_not_pass_is_put_aside_and_counted()
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 500, "{}"));
        await using var sink = Sending.Sink(server.Address);
        await using var observer = LlmObserver.Create([sink], Options(spool: true, batch: 10));
        Record(observer, ScriptedCalls.Create(10, seed: 8));
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.Received.GroupBy(request => Convert.ToBase64String(request.Body)).ShouldAllBe(same => same.Count() == 6);
        observer.GetStatistics().Sinks.Single().Dropped[LlmDropReason.PermanentFailure].ShouldBe(10);
        Aside().Count.ShouldBe(10);
    }

    [Fact]
    public async Task What_no_resend_can_help_is_put_aside_and_counted()
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 409, "{}"));
        await using var sink = Sending.Sink(server.Address);
        await using var observer = LlmObserver.Create([sink], Options(spool: true, batch: 10));
        Record(observer, ScriptedCalls.Create(10, seed: 8));
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.Received.SelectMany(request => request.Uids).Distinct().Count().ShouldBe(server.Received.SelectMany(request => request.Uids).Count());
        observer.GetStatistics().Sinks.Single().Dropped[LlmDropReason.PermanentFailure].ShouldBe(10);
        Aside().Count.ShouldBe(10);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("400", 10)]
    public async Task A_partial_success_is_not_sent_again(string rejected, int dropped)
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            server.TakeAsync(request, http, $"{{\"partialSuccess\":{{\"rejectedLogRecords\":\"{rejected}\"}}}}"));
        await using var sink = Sending.Sink(server.Address);
        await using var observer = LlmObserver.Create([sink], Options(spool: true, batch: 10, flush: TimeSpan.FromMilliseconds(500)));
        var made = ScriptedCalls.Create(10, seed: 9);
        Record(observer, made);
        await observer.FlushAsync(Token).WaitAsync(Eventually.Bound, Token);
        server.Received.SelectMany(request => request.Uids).Order().ShouldBe(made.SelectMany(Sending.UidsOf).Order());
        var statistics = observer.GetStatistics().Sinks.Single();
        statistics.Dropped[LlmDropReason.Poison].ShouldBe(dropped);
        (statistics.Written + statistics.Dropped.Values.Sum()).ShouldBe(10);
        // The refused ones are among them.
        Aside().Count.ShouldBe(10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_asks_for_time_is_given_it(bool asDate)
    {
        var time = new ManualTimeProvider();
        var arrivals = new List<DateTimeOffset>();
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
        {
            var now = time.GetUtcNow();
            arrivals.Add(now);
            return arrivals.Count > 1
                ? server.TakeAsync(request, http)
                : OtlpServer.SayAsync(http, 429, "Retry-After", asDate ? now.AddSeconds(91).ToString("R") : "90", "{}");
        });
        await using var sink = Sending.Sink(server.Address, options => options.Timeout = TimeSpan.FromMinutes(10), time);
        var options = Options(spool: false, batch: 10);
        options.Pipeline.WriteTimeout = TimeSpan.FromMinutes(10);
        await using var observer = LlmObserver.Create([sink], options, time);
        Record(observer, ScriptedCalls.Create(3));
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return observer.GetStatistics().Sinks.Single().Written == 3;
            },
            "all are written");
        (arrivals[1] - arrivals[0]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(90));
        server.TakenUids.Count.ShouldBe(server.TakenUids.Distinct().Count());
    }

    [Fact]
    public async Task A_sink_that_is_down_holds_up_no_other()
    {
        await using var server = await OtlpServer.StartAsync();
        await using var up = Sending.Sink(server.Address);
        await using var down = new OtlpLlmSink(Sending.To(new Uri($"http://127.0.0.1:{OtlpServer.FreePort()}")), "other");
        var options = Options(spool: false, batch: 50);
        options.Pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(100);
        await using var observer = LlmObserver.Create([down, up], options);
        var made = ScriptedCalls.Create(500, seed: 11);
        Record(observer, made);
        await Eventually.Is(() => server.TakenUids.Count == made.SelectMany(Sending.UidsOf).Count(), "the other has all");
        observer.GetStatistics().Sinks.Single(sink => sink.Name == "other").Written.ShouldBe(0);
    }

    private static void Record(LlmObserver observer, IReadOnlyList<LlmCallEnvelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            observer.Record(envelope.Call, envelope.Attempts.ToArray(), envelope.ToolCalls.ToArray());
        }
    }

    private LlmObservabilityOptions Options(bool spool, int batch, TimeSpan? flush = null)
    {
        var options = new LlmObservabilityOptions();
        options.Pipeline.MaxBatchItems = batch;
        options.Pipeline.FlushInterval = flush ?? TimeSpan.FromMilliseconds(10);
        options.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(5);
        options.Pipeline.MaxRetryDelay = TimeSpan.FromMilliseconds(20);
        if (spool)
        {
            options.Pipeline.Directory = _folder.FullName;
            options.Pipeline.Durability = LlmDurability.WriteAhead;
        }

        return options;
    }

    private List<string> Aside()
    {
        var files = _folder.GetFiles("*.aside.jsonl", SearchOption.AllDirectories);
        return [.. files.SelectMany(file => File.ReadAllLines(file.FullName))];
    }
}
