using System.Runtime.CompilerServices;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Queries;
using LlmObservability.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Streams;

/// <summary>Readers that do not read, stores that fail half-way, servers that stop.</summary>
public sealed class BrokenTransferTests
{
    // What a kernel keeps for a connection on one machine, both ends of it.
    private const long MostInSockets = 16 * 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_that_nobody_reads_stops_and_is_cut_off()
    {
        long written = 0;
        var store = new StubStore { Export = token => EndlessAsync(() => Interlocked.Increment(ref written), token) };
        await using var host = await StartAsync(store, options => options.SlowReaderTimeout = TimeSpan.FromSeconds(1));
        using var client = await SilentClient.OpenAsync(host, "export");
        await Eventually.Is(() => host.Log.Events.Contains("ApiTransferBroken"), "it is cut off");
        // A call is about a kilobyte of JSON.
        Interlocked.Read(ref written).ShouldBeInRange(1, MostInSockets / 500);
    }

    [Fact]
    public async Task A_feed_that_nobody_reads_asks_no_more_and_is_cut_off()
    {
        var looks = 0;
        var script = new ScriptedCalls(8, DateTimeOffset.UtcNow.AddMinutes(-1), TimeSpan.FromSeconds(1));
        var store = new StubStore
        {
            List = _ =>
            {
                Interlocked.Increment(ref looks);
                return Task.FromResult(new LlmPage([.. Enumerable.Range(0, 1_000).Select(_ => script.NextCall())], "more"));
            },
        };
        await using var host = await StartAsync(store, options =>
        {
            options.SlowReaderTimeout = TimeSpan.FromSeconds(1);
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
        });
        using var client = await SilentClient.OpenAsync(host, "live");
        await Eventually.Is(() => host.Log.Events.Contains("ApiTransferBroken"), "it is cut off", TimeSpan.FromSeconds(60));
        looks.ShouldBeInRange(2, (int)(MostInSockets / 500_000) + 2);
    }

    [Fact]
    public async Task An_export_beyond_its_bound_is_seen_to_be_cut()
    {
        await using var host = await StartAsync(new StubStore { Export = token => EndlessAsync(() => { }, token) }, options => options.MaxExportCalls = 100);
        await ShouldBeCutAsync(host);
        host.Log.Entries.ShouldContain(entry => entry.Message.Contains("MaxExportCalls", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_export_whose_store_fails_half_way_is_seen_to_be_cut()
    {
        await using var host = await StartAsync(new StubStore { Export = FailingAsync });
        await ShouldBeCutAsync(host);
    }

    [Fact]
    public async Task An_export_that_takes_too_long_is_seen_to_be_cut()
    {
        await using var host = await StartAsync(new StubStore { Export = StuckAsync }, options => options.ExportTimeout = TimeSpan.FromSeconds(1));
        await ShouldBeCutAsync(host);
    }

    [Fact]
    public async Task A_feed_ends_with_the_server_and_says_in_between_that_it_is_there()
    {
        var host = await StartAsync(new StubStore(), options =>
        {
            options.LiveInterval = TimeSpan.FromMilliseconds(100);
            options.LiveHeartbeat = TimeSpan.FromSeconds(1);
        });
        await using var owned = host;
        using var live = await LiveReader.OpenAsync(host);
        (await live.LineAsync()).ShouldBe(":");
        (await live.LineAsync()).ShouldBe("");
        await host.StopAsync().WaitAsync(Eventually.Bound, Cancel);
        await Should.ThrowAsync<Exception>(async () =>
        {
            while (await live.LineAsync() is not null)
            {
            }

            throw new EndOfStreamException();
        });
    }

    [Fact]
    public async Task A_feed_outlives_a_store_that_is_away()
    {
        var call = ScriptedCalls.Create(1)[0].Call;
        var looks = 0;
        var store = new StubStore
        {
            List = _ => ++looks switch
            {
                1 => Task.FromResult(new LlmPage([], null)),
                < 5 => Task.FromException<LlmPage>(new IOException()),
                _ => Task.FromResult(new LlmPage([call], null)),
            },
        };
        await using var host = await StartAsync(store, options => options.LiveInterval = TimeSpan.FromMilliseconds(100));
        using var live = await LiveReader.OpenAsync(host);
        (await live.NextAsync()).Id.ShouldBe(call.Id.ToString());
        host.Log.Entries.Where(entry => entry.Event == "ApiFeedWaits").ShouldHaveSingleItem().Message.ShouldContain("System.IO.IOException");
    }

    [Fact]
    public async Task A_feed_lets_a_slow_store_rest()
    {
        var asked = new System.Collections.Concurrent.ConcurrentQueue<long>();
        var store = new StubStore
        {
            List = async token =>
            {
                asked.Enqueue(TimeProvider.System.GetTimestamp());
                await Task.Delay(TimeSpan.FromMilliseconds(100), token);
                return new LlmPage([], null);
            },
        };
        await using var host = await StartAsync(store, options => options.LiveInterval = TimeSpan.FromMilliseconds(100));
        using var live = await LiveReader.OpenAsync(host);
        await Eventually.Is(() => asked.Count >= 4, "it looks on", TimeSpan.FromSeconds(60));
        // From the second look to the fourth: two looks, and nine times as long after each; timers may be early by a little.
        var times = asked.ToArray();
        TimeProvider.System.GetElapsedTime(times[1], times[3]).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.6));
    }

    [Fact]
    public async Task A_feed_ends_with_an_error_that_does_not_pass()
    {
        var looks = 0;
        var store = new StubStore
        {
            List = _ => ++looks == 1 ? Task.FromResult(new LlmPage([], null)) : Task.FromException<LlmPage>(new InvalidOperationException("hunter2")),
        };
        await using var host = await StartAsync(store, options => options.LiveInterval = TimeSpan.FromMilliseconds(100));
        using var live = await LiveReader.OpenAsync(host);
        var error = await Should.ThrowAsync<Exception>(live.LineAsync);
        (error is HttpRequestException or IOException).ShouldBeTrue(error.ToString());
        var entry = host.Log.Entries.Where(entry => entry.Event == "ApiTransferBroken").ShouldHaveSingleItem();
        entry.Message.ShouldContain("InvalidOperationException");
        entry.Message.ShouldNotContain("hunter2");
    }

    private static Task<ApiHost> StartAsync(StubStore store, Action<LlmDashboardOptions>? configure = null) =>
        ApiHost.StartAsync(builder => builder.AddStore("stub", _ => store), configure);

    private static async Task ShouldBeCutAsync(ApiHost host)
    {
        using var response = await host.Client.Http.GetAsync(new Uri("export", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancel);
        response.IsSuccessStatusCode.ShouldBeTrue();
        var error = await Should.ThrowAsync<Exception>(async () => await response.Content.ReadAsByteArrayAsync(Cancel));
        (error is HttpRequestException or IOException).ShouldBeTrue(error.ToString());
        await Eventually.Is(() => host.Log.Events.Contains("ApiTransferBroken"), "it is logged");
    }

    private static async IAsyncEnumerable<LlmCall> EndlessAsync(Action given, [EnumeratorCancellation] CancellationToken token)
    {
        var script = new ScriptedCalls(8, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        while (true)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
            given();
            yield return script.NextCall();
        }
    }

    private static async IAsyncEnumerable<LlmCall> FailingAsync([EnumeratorCancellation] CancellationToken token)
    {
        // So many that some have gone out.
        var left = 200;
        await foreach (var call in EndlessAsync(() => { }, token))
        {
            yield return call;
            if (--left == 0)
            {
                throw new IOException("the disk");
            }
        }
    }

    private static async IAsyncEnumerable<LlmCall> StuckAsync([EnumeratorCancellation] CancellationToken token)
    {
        var script = new ScriptedCalls(8, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1));
        for (var i = 0; i < 200; i++)
        {
            yield return script.NextCall();
        }

        await Task.Delay(Timeout.Infinite, token);
    }
}
