using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using LlmObservability.AspNetCore.Metrics;
using LlmObservability.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability.AspNetCore.Tests.Metrics;

public sealed class SlowReaderTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services;
    private int _rendered;
    private Action _whileRendering = () => { };

    public SlowReaderTests()
    {
        _services = new ServiceCollection().AddMetrics().AddSingleton<ILoggerFactory, RecordedLog>().AddSingleton<TimeProvider>(_time)
            .AddSingleton(Options.Create(new LlmAspNetCoreOptions())).AddSingleton<MetricsEndpoint>().BuildServiceProvider();
        _services.GetRequiredService<IMeterFactory>().Create(LlmTelemetry.MeterName).CreateObservableGauge("llm_observability.rendered", () =>
        {
            _whileRendering();
            return Interlocked.Increment(ref _rendered);
        });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task More_than_a_few_readers_at_once_are_sent_away_until_one_has_done()
    {
        var goOn = new TaskCompletionSource();
        var slow = Enumerable.Range(0, 8).Select(_ => AnswerAsync(goOn.Task)).ToList();
        slow.ShouldAllBe(answering => !answering.IsCompleted);

        var refused = await AnswerAsync(Task.CompletedTask);
        goOn.SetResult();
        var served = await Task.WhenAll(slow);
        var after = await AnswerAsync(Task.CompletedTask);

        (refused.StatusCode, refused.Headers.RetryAfter.ToString()).ShouldBe((503, "1"));
        served.ShouldAllBe(response => response.StatusCode == 200);
        after.StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task Who_never_reads_is_cut_off_and_makes_room()
    {
        var never = new TaskCompletionSource();
        var requests = Enumerable.Range(0, 8).Select(_ => new Request()).ToList();
        var slow = requests.Select(request => AnswerAsync(never.Task, request)).ToList();
        (await AnswerAsync(Task.CompletedTask)).StatusCode.ShouldBe(503);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        slow.ShouldAllBe(answering => !answering.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await Task.WhenAll(slow).WaitAsync(Eventually.Bound, Token);

        requests.ShouldAllBe(request => request.RequestAborted.IsCancellationRequested);
        (await AnswerAsync(Task.CompletedTask)).StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task Who_never_reads_from_a_real_server_is_cut_off_before_the_end()
    {
        await using var rig = await WebRig.StartAsync(app => app.MapLlmMetrics(), services: services => services.AddSingleton<TimeProvider>(_time));
        // More than what the system takes in on both sides.
        var series = Enumerable.Range(0, 4_000).Select(i => new Measurement<long>(i, new KeyValuePair<string, object?>("name", $"{i} {new string('x', 5_000)}"))).ToList();
        rig.App.Services.GetRequiredService<IMeterFactory>().Create(LlmTelemetry.MeterName).CreateObservableGauge("llm_observability.long", () => series);
        using var reader = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await reader.ConnectAsync(IPEndPoint.Parse(rig.Http.BaseAddress!.Authority), Token);
        await reader.SendAsync("GET /metrics HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray(), Token);
        await Eventually.Is(() => reader.Available > 0, "the answer has begun");

        _time.Advance(TimeSpan.FromSeconds(11));

        (await ReadAsync(reader)).ShouldBeInRange(1, 15_000_000);
    }

    [Fact]
    public async Task Readers_at_once_share_one_text_for_a_second_and_who_comes_alone_gets_a_new_one()
    {
        await AnswerAsync(Task.CompletedTask);
        await AnswerAsync(Task.CompletedTask);
        _rendered.ShouldBe(2);
        var goOn = new TaskCompletionSource();
        var slow = Enumerable.Range(0, 5).Select(_ => AnswerAsync(goOn.Task)).ToList();
        _rendered.ShouldBe(3);
        slow.Add(AnswerAsync(goOn.Task, openMetrics: true));
        _rendered.ShouldBe(4);

        _time.Advance(TimeSpan.FromSeconds(1.5));
        slow.Add(AnswerAsync(goOn.Task));

        _rendered.ShouldBe(5);
        goOn.SetResult();
        (await Task.WhenAll(slow)).ShouldAllBe(response => response.StatusCode == 200 && response.ContentLength > 0);
    }

    [Fact]
    public async Task Who_waits_for_a_text_holds_no_thread_and_may_leave()
    {
        using var goOn = new ManualResetEventSlim();
        using var rendering = new ManualResetEventSlim();
        _whileRendering = () =>
        {
            rendering.Set();
            goOn.Wait(Eventually.Bound * 3, Token);
        };
        var first = Task.Run(() => AnswerAsync(Task.CompletedTask), Token);
        rendering.Wait(Eventually.Bound, Token).ShouldBeTrue();
        var (waiting, leaving) = (new Request(), new Request());
        var begun = Task.Run(() => (AnswerAsync(Task.CompletedTask, waiting), AnswerAsync(Task.CompletedTask, leaving)), Token);
        try
        {
            await Eventually.Is(() => begun.IsCompleted, "both wait without a thread");
            var (second, third) = await begun;
            second.IsCompleted.ShouldBeFalse();
            leaving.Abort();
            await third.WaitAsync(Eventually.Bound, Token);
            second.IsCompleted.ShouldBeFalse();
            goOn.Set();
            (await second.WaitAsync(Eventually.Bound, Token)).StatusCode.ShouldBe(200);
            (await first.WaitAsync(Eventually.Bound, Token)).StatusCode.ShouldBe(200);
        }
        finally
        {
            goOn.Set();
        }
    }

    // Until the connection is closed, or nothing comes any more that could be.
    private static async Task<long> ReadAsync(Socket reader)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bound.CancelAfter(Eventually.Bound);
        var buffer = new byte[64 * 1024];
        long all = 0;
        try
        {
            while (all < 20_000_000 && await reader.ReceiveAsync(buffer, bound.Token) is var read and > 0)
            {
                all += read;
            }
        }
        catch (SocketException)
        {
            // Closed in the middle.
        }

        return all;
    }

    private async Task<HttpResponse> AnswerAsync(Task reading, Request? request = null, bool openMetrics = false)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(request ?? new Request());
        context.Response.Body = new SlowStream(reading);
        context.Request.Headers.Accept = openMetrics ? "application/openmetrics-text" : "text/plain";
        await _services.GetRequiredService<MetricsEndpoint>().AnswerAsync(context);
        return context.Response;
    }

    private sealed class Request : IHttpRequestLifetimeFeature
    {
        private readonly CancellationTokenSource _aborted = new();

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        public void Abort() => _aborted.Cancel();
    }

    private sealed class SlowStream(Task reading) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(reading.WaitAsync(cancellationToken));
    }
}
