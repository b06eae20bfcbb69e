using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmObservability.Dashboard.Tests.Description;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmObservability.Dashboard.Tests.Hostile;

/// <summary>Every request has bounds, and what goes wrong tells nothing.</summary>
public sealed class LimitTests
{
    private const string Secret = "Host=db.internal;Username=app;Password=hunter2 /var/lib/llm";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<Exception, HttpStatusCode, string> Failures => new()
    {
        { new InvalidOperationException(Secret), HttpStatusCode.InternalServerError, "unexpected" },
        { new NpgsqlException(Secret), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { new PostgresException(Secret, "ERROR", "ERROR", "57014"), HttpStatusCode.GatewayTimeout, "timed_out" },
        { new PostgresException(Secret, "ERROR", "ERROR", "42P01"), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { new NpgsqlException(Secret, new TimeoutException(Secret)), HttpStatusCode.GatewayTimeout, "timed_out" },
        { new TimeoutException(Secret), HttpStatusCode.GatewayTimeout, "timed_out" },
        { new IOException(Secret), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { new SocketException(), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { new LlmSinkException(LlmSinkFailure.Transient, Secret), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { new ObjectDisposedException(Secret), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_of_the_store_is_told_by_an_id_and_nothing_else(Exception failure, HttpStatusCode status, string code)
    {
        var store = new StubStore { List = _ => Task.FromException<LlmPage>(failure), Export = _ => throw failure };
        await using var host = await StartAsync(store);
        foreach (var path in new[] { "calls", "live", "export" })
        {
            var problem = await host.Client.ProblemAsync(path, status);
            problem.GetProperty("code").GetString().ShouldBe(code);
            var id = problem.GetProperty("id").GetString()!;
            problem.GetRawText().ShouldNotContain("hunter2");
            problem.GetRawText().ShouldNotContain("/var/lib");
            host.Log.Entries.Where(entry => entry.Event == "ApiRequestFailed" && entry.Message.Contains(id, StringComparison.Ordinal)).ShouldHaveSingleItem();
        }

        host.Log.Entries.ShouldAllBe(entry => !entry.Message.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tenant_that_cannot_be_told_is_no_tenant()
    {
        await using var host = await StartAsync(new StubStore(), options => options.Tenant = _ => throw new InvalidOperationException(Secret));
        using var response = await host.Client.Http.GetAsync(new Uri("calls", UriKind.Relative), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync(Cancel)).ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_store_that_takes_too_long_is_given_up_and_told_so()
    {
        var cancelled = new TaskCompletionSource();
        var store = new StubStore { List = token => ForeverAsync(cancelled, token) };
        await using var host = await StartAsync(store, options => options.QueryTimeout = TimeSpan.FromSeconds(2));
        (await host.Client.ProblemAsync("calls", HttpStatusCode.GatewayTimeout)).GetProperty("code").GetString().ShouldBe("timed_out");
        await cancelled.Task.WaitAsync(Eventually.Bound, Cancel);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_question()
    {
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var store = new StubStore
        {
            List = token =>
            {
                asked.TrySetResult();
                return ForeverAsync(cancelled, token);
            },
        };
        await using var host = await StartAsync(store);
        using var leaving = new CancellationTokenSource();
        var request = host.Client.Http.GetAsync(new Uri("calls", UriKind.Relative), leaving.Token);
        await asked.Task.WaitAsync(Eventually.Bound, Cancel);
        await leaving.CancelAsync();
        await cancelled.Task.WaitAsync(Eventually.Bound, Cancel);
        await Should.ThrowAsync<OperationCanceledException>(request);
        host.Log.Entries.ShouldNotContain(entry => entry.Event == "ApiRequestFailed");
    }

    [Fact]
    public async Task Requests_beyond_the_rate_are_refused()
    {
        await using var host = await StartAsync(new StubStore(), options => options.MaxRequestsPerSecond = 1);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 50 && !statuses.Contains(HttpStatusCode.TooManyRequests); i++)
        {
            using var response = await host.Client.Http.GetAsync(new Uri("calls", UriKind.Relative), Cancel);
            statuses.Add(response.StatusCode);
            (response.Headers.RetryAfter is not null).ShouldBe(response.StatusCode == HttpStatusCode.TooManyRequests);
        }

        statuses.ShouldContain(HttpStatusCode.OK);
        statuses.ShouldContain(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Requests_beyond_the_places_and_the_queue_are_refused()
    {
        var release = new TaskCompletionSource();
        var (asked, most) = (0, 0);
        var store = new StubStore
        {
            List = async token =>
            {
                most = Math.Max(most, Interlocked.Increment(ref asked));
                await release.Task.WaitAsync(token);
                Interlocked.Decrement(ref asked);
                return new LlmPage([], null);
            },
        };
        await using var host = await StartAsync(store, options => options.MaxConcurrentRequests = 1);
        await host.Client.DescriptionAsync();
        var requests = Enumerable.Range(0, 12).Select(_ => host.Client.Http.GetAsync(new Uri("calls", UriKind.Relative), Cancel)).ToList();
        // One is answered, four wait.
        await Eventually.Is(() => requests.Count(request => request.IsCompleted) == 7, "seven are refused");
        release.SetResult();
        var statuses = (await Task.WhenAll(requests)).Select(response => response.StatusCode).ToList();
        statuses.Count(status => status == HttpStatusCode.OK).ShouldBe(5);
        statuses.Count(status => status == HttpStatusCode.TooManyRequests).ShouldBe(7);
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Feeds_and_exports_have_places_of_their_own()
    {
        var (asked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var store = new StubStore
        {
            Export = token =>
            {
                asked.TrySetResult();
                return OneWhenAsync(release.Task, token);
            },
        };
        await using var host = await StartAsync(store, options =>
        {
            (options.MaxLiveFeeds, options.MaxExports, options.MaxConcurrentRequests) = (1, 1, 1);
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
        });
        using (await Streams.LiveReader.OpenAsync(host))
        {
            await host.Client.ProblemAsync("live", HttpStatusCode.TooManyRequests);
            await host.Client.GetAsync("calls");
        }

        await Eventually.IsAsync(async () => await StatusAsync(host, "live") == HttpStatusCode.OK, "the place of who has left is free");
        var first = StatusAsync(host, "export");
        await asked.Task.WaitAsync(Eventually.Bound, Cancel);
        (await StatusAsync(host, "export")).ShouldBe(HttpStatusCode.TooManyRequests);
        release.SetResult();
        (await first).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_query_string_and_a_body_have_bounds()
    {
        await using var host = await ApiHost.StartAsync(build: builder => builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestLineSize = 2 * 1024 * 1024;
            options.Limits.MaxRequestBufferSize = 4 * 1024 * 1024;
        }));
        (await host.Client.ProblemAsync("calls?tenant=" + new string('x', 1_000_000), HttpStatusCode.RequestUriTooLong)).ShouldSay("too_large", "query");
        (await host.Client.ProblemAsync("calls?" + string.Join('&', Enumerable.Repeat("a", 1_001)))).ShouldSay("invalid_parameter", "query");

        var (status, problem) = await host.Client.PostAsync("calls/get", $$"""{"ids":["{{new string('x', 1_000_000)}}"]}""");
        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        problem.ShouldSay("too_large", "body");
        // Without a length beforehand.
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "calls/get") { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', 20_000)))) };
        chunked.Headers.TransferEncodingChunked = true;
        chunked.Content.Headers.ContentType = new("application/json");
        (status, problem) = await host.Client.SendAsync(chunked);
        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        problem.ShouldSay("too_large", "body");
        (await host.Client.PostAsync("calls/get", string.Concat(Enumerable.Repeat("""{"ids":""", 1_500)))).Status.ShouldBe(HttpStatusCode.BadRequest);
        var many = string.Join(',', Enumerable.Range(0, 101).Select(_ => $"\"{Guid.NewGuid()}\""));
        (await host.Client.PostAsync("calls/get", $$"""{"ids":[{{many}}]}""")).Body.GetProperty("parameter").GetString().ShouldBe("ids");
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_the_bodys_fault()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Cancel);
        var post = $"POST /llm/api/v1/calls/get HTTP/1.1\r\nHost: {host.Address.Authority}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(post), Cancel);
        var answer = await new StreamReader(client.GetStream()).ReadToEndAsync(Cancel).WaitAsync(Eventually.Bound, Cancel);
        answer.ShouldStartWith("HTTP/1.1 400 ");
        answer.ShouldContain("\"parameter\":\"body\"");
    }

    [Fact]
    public async Task What_belongs_to_many_calls_is_bounded_together()
    {
        var calls = ScriptedCalls.Create(20).Select(envelope => envelope.Call).ToDictionary(call => call.Id);
        var store = new StubStore
        {
            Get = id => new LlmCallDetail(
                calls[id],
                [.. Enumerable.Range(1, 900).Select(ordinal => new LlmAttempt { Ordinal = ordinal, StartedAt = calls[id].StartedAt, Outcome = LlmOutcome.Failed })],
                [],
                []),
        };
        await using var host = await StartAsync(store);
        var ids = string.Join(',', calls.Keys.Select(id => $"\"{id}\""));
        var (_, answer) = await host.Client.PostAsync("calls/get", $$"""{"ids":[{{ids}}]}""");
        var found = answer.GetProperty("calls").EnumerateArray().ToList();
        found.Select(call => call.GetProperty("call").GetProperty("id").GetGuid()).ShouldBe(calls.Keys);
        found.Select(call => call.GetProperty("attempts").GetArrayLength()).ShouldBe([900, 900, 900, 900, 900, 500, .. Enumerable.Repeat(0, 14)]);
        found.Select(call => call.GetProperty("cost_explanations").GetArrayLength()).ShouldBe([900, 900, 900, 900, 900, 500, .. Enumerable.Repeat(0, 14)]);
        found.Select(call => call.GetProperty("is_cut").GetBoolean()).ShouldBe([false, false, false, false, false, .. Enumerable.Repeat(true, 15)]);
    }

    [Theory]
    [InlineData("jsonl", 1)]
    [InlineData("csv", 1)]
    [InlineData("csv", 3)]
    public async Task An_export_beyond_a_bound_so_small_that_nothing_has_gone_out_is_a_problem(string format, int most)
    {
        var calls = ScriptedCalls.Create(4).Select(envelope => envelope.Call).ToList();
        await using var host = await StartAsync(new StubStore { Export = _ => EachAsync(calls) }, options => options.MaxExportCalls = most);
        var problem = await host.Client.ProblemAsync($"export?format={format}");
        problem.ShouldSay("too_many_calls", "filter");
        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("MaxExportCalls");
        host.Log.Entries.ShouldNotContain(entry => entry.Event == "ApiRequestFailed");

        calls.RemoveRange(most, calls.Count - most);
        (await StatusAsync(host, $"export?format={format}")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("calls", "POST", "GET")]
    [InlineData("calls", "HEAD", "GET")]
    [InlineData("calls", "DELETE", "GET")]
    [InlineData("calls/get", "GET", "POST")]
    [InlineData("export", "PUT", "GET")]
    public async Task Another_method_is_refused(string path, string method, string allowed)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.Client.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel);
        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldBe([allowed]);
        Description.ApiClient.ShouldHaveTheHeaders(response);
    }

    [Fact]
    public async Task A_route_that_there_is_not_is_a_problem()
    {
        await using var host = await ApiHost.StartAsync();
        (await host.Client.ProblemAsync("nothing/here", HttpStatusCode.NotFound)).GetProperty("code").GetString().ShouldBe("not_found");
    }

    private static Task<ApiHost> StartAsync(StubStore store, Action<LlmDashboardOptions>? configure = null) =>
        ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store), configure);

    private static async Task<HttpStatusCode> StatusAsync(ApiHost host, string path)
    {
        using var response = await host.Client.Http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);
        return response.StatusCode;
    }

    private static async Task<LlmPage> ForeverAsync(TaskCompletionSource cancelled, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancelled.TrySetResult();
        throw new OperationCanceledException(token);
    }

    private static async IAsyncEnumerable<LlmCall> EachAsync(IEnumerable<LlmCall> calls)
    {
        await Task.Yield();
        foreach (var call in calls)
        {
            yield return call;
        }
    }

    private static async IAsyncEnumerable<LlmCall> OneWhenAsync(Task released, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        await released.WaitAsync(token);
        yield return ScriptedCalls.Create(1)[0].Call;
    }
}
