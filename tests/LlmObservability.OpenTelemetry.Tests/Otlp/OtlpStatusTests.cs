using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>What each answer of a server means for a batch.</summary>
public sealed class OtlpStatusTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(408, LlmSinkFailure.Transient)]
    [InlineData(429, LlmSinkFailure.Transient)]
    [InlineData(502, LlmSinkFailure.Transient)]
    [InlineData(503, LlmSinkFailure.Transient)]
    [InlineData(504, LlmSinkFailure.Transient)]
    [InlineData(401, LlmSinkFailure.Transient)]
    [InlineData(403, LlmSinkFailure.Transient)]
    [InlineData(404, LlmSinkFailure.Transient)]
    [InlineData(405, LlmSinkFailure.Transient)]
    [InlineData(407, LlmSinkFailure.Transient)]
    [InlineData(415, LlmSinkFailure.Transient)]
    [InlineData(301, LlmSinkFailure.Transient)]
    [InlineData(308, LlmSinkFailure.Transient)]
    [InlineData(400, LlmSinkFailure.Poison)]
    [InlineData(413, LlmSinkFailure.Poison)]
    [InlineData(422, LlmSinkFailure.Poison)]
    [InlineData(409, LlmSinkFailure.Permanent)]
    [InlineData(500, LlmSinkFailure.Transient)]
    [InlineData(501, LlmSinkFailure.Transient)]
    [InlineData(520, LlmSinkFailure.Transient)]
    [InlineData(402, LlmSinkFailure.Permanent)]
    public async Task A_status_decides_what_happens(int status, LlmSinkFailure failure)
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, status, "{\"message\":\"secret words\"}"));
        using var sink = Sending.Sink(server.Address, options => options.Headers["api-key"] = "t0psecret");
        var thrown = await sink.FailAsync(Sending.Calls(2));
        thrown.Failure.ShouldBe(failure);
        thrown.Message.ShouldContain($"{status}");
        thrown.ToString().ShouldNotContain("secret");
        server.Received.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    public async Task A_servers_own_fault_is_given_up_at_the_sixth_try_of_the_same_batch(int status)
    {
        var taking = false;
        await using var server = await OtlpServer.StartAsync((server, request, http) => taking ? server.TakeAsync(request, http) : OtlpServer.SayAsync(http, status, "{}"));
        using var sink = Sending.Sink(server.Address);
        var (one, other) = (Sending.Calls(4), Sending.Calls(3));
        for (var tries = 1; tries <= 5; tries++)
        {
            (await sink.FailAsync(one)).Failure.ShouldBe(LlmSinkFailure.Transient);
        }

        (await sink.FailAsync(other)).Failure.ShouldBe(LlmSinkFailure.Transient);
        (await sink.FailAsync(one)).Failure.ShouldBe(LlmSinkFailure.Permanent);
        // What was taken in between begins anew.
        taking = true;
        (await sink.WriteAsync(other, Token)).Written.ShouldBe(3);
        taking = false;
        for (var tries = 1; tries <= 5; tries++)
        {
            (await sink.FailAsync(other)).Failure.ShouldBe(LlmSinkFailure.Transient);
        }
    }

    [Fact]
    public async Task A_client_of_the_applications_own_with_a_bound_of_its_own_is_described()
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        using var sink = Sending.Sink(server.Address, options => options.HttpClientFactory = () => new HttpClient { Timeout = TimeSpan.FromMilliseconds(100) });
        var thrown = await sink.FailAsync(Sending.Calls(1));
        (thrown.Failure, thrown.Message.Contains("HttpClient", StringComparison.Ordinal)).ShouldBe((LlmSinkFailure.Transient, true));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await OtlpServer.StartAsync();
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 307, "Location", other.Address + "v1/logs", ""));
        using var sink = Sending.Sink(server.Address, options => options.Headers["api-key"] = "t0psecret");
        (await sink.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Transient);
        other.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("Sat, 14 Mar 2026 15:10:26 GMT", 60)]
    [InlineData("Sat, 14 Mar 2026 15:00:00 GMT", 0)]
    [InlineData("86400", 300)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    public async Task A_server_may_ask_for_time(string retryAfter, int? seconds)
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 429, "Retry-After", retryAfter, "{}"));
        using var sink = Sending.Sink(server.Address, time: new ManualTimeProvider(Now));
        var thrown = await sink.FailAsync(Sending.Calls(1));
        thrown.RetryAfter.ShouldBe(seconds is { } known ? TimeSpan.FromSeconds(known) : null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"partialSuccess\":{}}")]
    [InlineData("{\"partialSuccess\":null}")]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":\"0\"}}")]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":0,\"errorMessage\":\"\"}}")]
    [InlineData("{\"status\":\"ok\"}")]
    [InlineData("\ufeff{}")]
    [InlineData("ok", "text/plain")]
    [InlineData("{not json", "text/plain")]
    [InlineData("\n\u0012", "application/x-protobuf")]
    public async Task These_answers_are_a_success(string answer, string? type = "application/json")
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) => server.TakeAsync(request, http, answer, type));
        using var sink = Sending.Sink(server.Address);
        var result = await sink.WriteAsync(Sending.Calls(3), Token);
        result.Written.ShouldBe(3);
        result.Unidentified.ShouldBe(0);
        result.Rejected.ShouldBeNull();
    }

    [Theory]
    [InlineData("<html><body>Please log in</body></html>", "text/html")]
    [InlineData("<html><body>Please log in</body></html>", "text/plain")]
    [InlineData("<html><body>Please log in</body></html>", null)]
    [InlineData("{\"partialSuccess\":", "application/json")]
    [InlineData("{\"partialSuccess\":", null)]
    [InlineData("[]", "application/json")]
    [InlineData("{\"partialSuccess\":7}", "application/json")]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":\"\\ud800\"}}", "application/json")]
    [InlineData("{\"partialSuccess\":{\"rejectedLogRecords\":\"many\"}}", "application/json")]
    public async Task After_these_nobody_has_said_that_the_records_were_taken(string answer, string? type)
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 200, answer, type));
        using var sink = Sending.Sink(server.Address);
        (await sink.FailAsync(Sending.Calls(3))).Failure.ShouldBe(LlmSinkFailure.Transient);
    }

    [Theory]
    [InlineData("{\"a\":\"", "application/json")]
    [InlineData("ok ", "text/plain")]
    public async Task An_answer_without_an_end_is_not_read_to_it(string begins, string type)
    {
        await using var server = await OtlpServer.StartAsync((_, _, http) => OtlpServer.SayAsync(http, 200, begins + new string('x', 1_000_000), type));
        using var sink = Sending.Sink(server.Address);
        (await sink.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Transient);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"par")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"par")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n")]
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002P")]
    [InlineData("HTTP/1.1 999999 What\r\n\r\n")]
    [InlineData("")]
    public async Task Cuts_and_garbage_are_tried_again(string answer)
    {
        using var server = new RawServer(answer);
        using var sink = Sending.Sink(server.Address);
        (await sink.FailAsync(Sending.Calls(2))).Failure.ShouldBe(LlmSinkFailure.Transient);
        server.Requests.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_refusal_of_a_large_request_is_heard_though_nobody_reads_it()
    {
        using var server = new RawServer("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", readsBody: false);
        using var sink = Sending.Sink(server.Address);
        (await sink.FailAsync(Sending.Calls(4_000))).Failure.ShouldBe(LlmSinkFailure.Poison);
    }

    [Fact]
    public async Task A_server_that_hangs_is_waited_for_no_longer_than_the_bound()
    {
        var time = new ManualTimeProvider(Now);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await OtlpServer.StartAsync(async (_, _, http) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var sink = Sending.Sink(server.Address, options => options.Timeout = TimeSpan.FromSeconds(3), time);
        var failing = sink.FailAsync(Sending.Calls(1));
        await asked.Task.WaitAsync(Eventually.Bound, Token);
        failing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(3));
        (await failing).Message.ShouldContain("00:00:03");
        sink.Dispose();
    }

    [Fact]
    public async Task One_that_begins_to_answer_and_hangs_is_not_waited_for_either()
    {
        var time = new ManualTimeProvider(Now);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await OtlpServer.StartAsync(async (_, _, http) =>
        {
            http.Response.ContentType = "application/json";
            await http.Response.StartAsync();
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var sink = Sending.Sink(server.Address, time: time);
        var failing = sink.FailAsync(Sending.Calls(1));
        await begun.Task.WaitAsync(Eventually.Bound, Token);
        time.Advance(TimeSpan.FromSeconds(10));
        (await failing).Failure.ShouldBe(LlmSinkFailure.Transient);
        sink.Dispose();
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_tried_again()
    {
        using var sink = Sending.Sink(new Uri($"http://127.0.0.1:{OtlpServer.FreePort()}"));
        (await sink.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Transient);
    }

    [Fact]
    public async Task A_server_that_refused_some_does_not_say_which()
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            server.TakeAsync(request, http, "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"too big\"}}"));
        using var sink = Sending.Sink(server.Address);
        var result = await sink.WriteAsync(Sending.Calls(5), Token);
        result.Written.ShouldBe(3);
        result.Unidentified.ShouldBe(2);
        server.Received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_number_does_as_well_and_more_than_all_are_all()
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            server.TakeAsync(request, http, "{\"partialSuccess\":{\"rejectedLogRecords\":4000}}"));
        using var sink = Sending.Sink(server.Address);
        var result = await sink.WriteAsync(Sending.Calls(5), Token);
        result.Written.ShouldBe(0);
        result.Unidentified.ShouldBe(5);
    }

    [Fact]
    public async Task The_only_record_of_a_request_is_the_refused_one()
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            server.TakeAsync(request, http, "{\"partialSuccess\":{\"rejectedLogRecords\":\"1\"}}"));
        using var sink = Sending.Sink(server.Address);
        (await sink.FailAsync(Sending.Calls(1))).Failure.ShouldBe(LlmSinkFailure.Poison);
    }

    [Fact]
    public async Task A_warning_is_told_once_and_without_its_words()
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
            server.TakeAsync(request, http, "{\"partialSuccess\":{\"errorMessage\":\"secret prompt is deprecated\"}}"));
        using var log = new RecordedLog();
        using var sink = new OtlpLlmSink(Sending.To(server.Address), loggerFactory: log);
        for (var i = 0; i < 3; i++)
        {
            (await sink.WriteAsync(Sending.Calls(2), Token)).Written.ShouldBe(2);
        }

        var entry = log.Entries.ShouldHaveSingleItem();
        entry.Event.ShouldBe("OtlpServerWarns");
        entry.Message.ShouldNotContain("secret");
    }
}
