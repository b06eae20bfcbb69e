using System.Diagnostics;
using System.Net;
using LlmObservability.Testing;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>What the sink leaves alone: traces, the caller's context, and more memory than it needs.</summary>
public sealed class OtlpQuietTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_makes_no_span_of_its_own_requests_and_hands_on_no_context()
    {
        var seen = new List<(ActivityTraceId Trace, string Source)>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => !source.Name.StartsWith("Experimental.System.Net", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity =>
            {
                lock (seen)
                {
                    seen.Add((activity.TraceId, activity.Source.Name));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await OtlpServer.StartAsync();
        using var sink = Sending.Sink(server.Address);
        using var source = new ActivitySource("OtlpQuietTests");
        using var around = source.StartActivity("around").ShouldNotBeNull();
        around.AddBaggage("prompt", "secret");
        await sink.WriteAsync(Sending.Calls(2), Token);
        Activity.Current.ShouldBeSameAs(around);
        seen.Where(activity => activity.Trace == around.TraceId).ShouldHaveSingleItem().Source.ShouldBe("OtlpQuietTests");
        server.Received.ShouldHaveSingleItem().Headers.Keys
            .ShouldNotContain(name => name.Equals("traceparent", StringComparison.OrdinalIgnoreCase) || name.Equals("baggage", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Correlation-Context", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task It_sends_the_headers_and_keeps_no_cookie()
    {
        await using var server = await OtlpServer.StartAsync((server, request, http) =>
        {
            http.Response.Headers.SetCookie = "session=1";
            return server.TakeAsync(request, http);
        });
        using var sink = Sending.Sink(server.Address, options =>
        {
            options.Headers["Authorization"] = "Basic dTpw";
            options.Headers["User-Agent"] = "shop/1";
        });
        await sink.WriteAsync(Sending.Calls(1), Token);
        await sink.WriteAsync(Sending.Calls(1), Token);
        server.Received.Count.ShouldBe(2);
        server.Received.ShouldAllBe(request => request.Headers["Authorization"] == "Basic dTpw" && request.Headers["User-Agent"] == "shop/1" && !request.Headers.ContainsKey("Cookie"));
    }

    [Fact]
    public async Task A_client_of_the_applications_own_sends_instead()
    {
        await using var server = await OtlpServer.StartAsync();
        var handler = new CountingHandler();
        var made = 0;
        var sink = Sending.Sink(server.Address, options => options.HttpClientFactory = () =>
        {
            made++;
            return new HttpClient(handler);
        });
        await sink.WriteAsync(Sending.Calls(1), Token);
        await sink.WriteAsync(Sending.Calls(2), Token);
        await sink.DisposeAsync();
        sink.Dispose();
        (made, handler.Requests, handler.Disposed, server.Received.Count).ShouldBe((1, 2, true, 2));
    }

    [Fact]
    public async Task Memory_that_is_still_being_copied_is_not_used_again()
    {
        await using var server = await OtlpServer.StartAsync();
        var late = new LateHandler();
        using var sink = Sending.Sink(server.Address, options => options.HttpClientFactory = () => new HttpClient(late));
        var (first, second) = (Sending.Calls(3), Sending.Batch([.. ScriptedCalls.Create(3, seed: 99)]));
        await sink.WriteAsync(first, Token);
        await sink.WriteAsync(second, Token);
        late.Release.SetResult();
        var bodies = await Task.WhenAll(late.Bodies);
        new OtlpReceived("", [], bodies[0]).Uids.ShouldBe(first.Envelopes.SelectMany(Sending.UidsOf));
        new OtlpReceived("", [], bodies[1]).Uids.ShouldBe(second.Envelopes.SelectMany(Sending.UidsOf));
    }

    [Fact]
    public async Task A_record_costs_few_bytes_of_memory()
    {
        using var sink = Sending.Sink(new Uri("http://127.0.0.1"), options => options.HttpClientFactory = () => new HttpClient(new CountingHandler(answers: true)));
        var batch = Sending.Calls(1_000);
        for (var i = 0; i < 3; i++)
        {
            await sink.WriteAsync(batch, Token);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var writing = sink.WriteAsync(batch, Token);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        writing.IsCompletedSuccessfully.ShouldBeTrue();
        (await writing).Written.ShouldBe(1_000);
        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes / 1_000d} bytes a call");
        (bytes / 1_000d).ShouldBeLessThan(400);
    }

    private sealed class CountingHandler(bool answers = false) : DelegatingHandler(new SocketsHttpHandler())
    {
        public int Requests { get; private set; }

        public bool Disposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return answers ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)) : base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            Disposed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>Answers at once, and copies the request later.</summary>
    private sealed class LateHandler : HttpMessageHandler
    {
        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<Task<byte[]>> Bodies { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(CopyAsync(request.Content!));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }

        private async Task<byte[]> CopyAsync(HttpContent content)
        {
            using var stream = new WaitingStream(Release.Task);
            await content.CopyToAsync(stream);
            return stream.ToArray();
        }
    }

    private sealed class WaitingStream(Task release) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await release;
            await base.WriteAsync(buffer, CancellationToken.None);
        }
    }
}
