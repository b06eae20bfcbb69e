using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmObservability.Tests.DependencyInjection;

/// <summary>How an application ends: everything is written, or on disk for the next one, whatever hosts it.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-shutdown-");
    private readonly InMemoryLlmStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Under_the_generic_host_what_the_sink_does_not_take_is_left_on_disk()
    {
        await RunAsync(reachable: false);
        _store.Count.ShouldBe(0);
        await RunAsync(reachable: true);
        await Eventually.Is(() => _store.Count == 40, "both hosts' calls are stored");

        async Task RunAsync(bool reachable)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            Add(builder.Services, reachable);
            using var host = builder.Build();
            await host.StartAsync(Token);
            await CallAsync(host.Services.GetRequiredService<IChatClient>(), 20);
            if (reachable)
            {
                await host.Services.GetRequiredService<LlmObserver>().FlushAsync(Token);
            }

            await host.StopAsync(Token);
        }
    }

    [Fact]
    public async Task In_ASP_NET_Core_a_request_that_ends_while_the_host_stops_is_still_written()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        Add(builder.Services, reachable: true);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var app = builder.Build();
        app.MapGet("/ask", async (IChatClient client) =>
        {
            asked.SetResult();
            await answer.Task;
            return (await client.GetResponseAsync(Observing.Hello)).GetLlmCall()!.Id;
        });
        await app.StartAsync(Token);
        using var http = new HttpClient();
        var asking = http.GetStringAsync(new Uri(new Uri(app.Urls.Single()), "/ask"), Token);
        await asked.Task.WaitAsync(Eventually.Bound, Token);
        var stopping = app.StopAsync(Token);
        answer.SetResult();
        var id = Guid.Parse((await asking).Trim('"'));
        await stopping;
        (await _store.GetAsync(id, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_console_program_writes_what_waits_when_its_observer_is_disposed()
    {
        var options = new LlmObservabilityOptions { Pipeline = { Directory = _folder.FullName, FlushInterval = TimeSpan.FromMinutes(1) } };
        await using (var observer = LlmObserver.Create([new Reachable(_store)], options))
        {
            await CallAsync(new ScriptedChatClient().WithLlmObservability(observer), 30);
        }

        _store.Count.ShouldBe(30);
    }

    [Fact]
    public async Task A_stop_that_is_cancelled_already_still_leaves_everything_on_disk()
    {
        var options = new LlmObservabilityOptions { Pipeline = { Directory = _folder.FullName, Durability = LlmDurability.WriteAhead } };
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var observer = LlmObserver.Create([new Unreachable()], options);
        await CallAsync(new ScriptedChatClient().WithLlmObservability(observer), 25);
        await observer.StopAsync(cancelled.Token);
        observer.GetStatistics().Dropped.ShouldBe(0);
        await observer.DisposeAsync();
        await using var next = LlmObserver.Create([new Reachable(_store)], options);
        await Eventually.Is(() => _store.Count == 25, "the next one writes them");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Add(IServiceCollection services, bool reachable)
    {
        services.AddSingleton<IChatClient>(_ => new ScriptedChatClient());
        services.AddLlmObservability(options =>
        {
            options.Pipeline.Directory = _folder.FullName;
            options.Pipeline.ShutdownTimeout = TimeSpan.FromSeconds(5);
        }).AddSink("reachable", _ => reachable ? new Reachable(_store) : new Unreachable()).ObserveChatClients();
    }

    private static async Task CallAsync(IChatClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await client.GetResponseAsync(Observing.Hello, null, Token);
        }
    }

    private sealed class Reachable(InMemoryLlmStore store) : ILlmSink
    {
        public string Name => "reachable";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => store.WriteAsync(batch, cancellationToken);
    }

    private sealed class Unreachable : ILlmSink
    {
        public string Name => "reachable";

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => throw new LlmSinkException("away");

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken) => throw new LlmSinkException("away");
    }
}
