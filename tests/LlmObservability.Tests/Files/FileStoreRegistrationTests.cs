using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreRegistrationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("file-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Home => Path.Combine(_directory, "calls");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task One_line_keeps_calls_across_restarts_of_the_application()
    {
        var ids = new List<Guid>();
        for (var run = 0; run < 3; run++)
        {
            var services = new ServiceCollection();
            services.AddLlmObservability().AddFileStore(Home);
            await using var provider = services.BuildServiceProvider();
            await using (var observer = provider.GetRequiredService<LlmObserver>())
            {
                using var client = new ScriptedChatClient().WithLlmObservability(provider);
                ids.Add((await client.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall()!.Id);
            }

            var store = provider.GetRequiredService<ILlmStore>();
            store.ShouldBeSameAs(provider.GetRequiredService<FileLlmStore>());
            var page = await store.ListAsync(new LlmListRequest(), Token);
            page.Calls.Select(call => call.Id).ShouldBe(ids, ignoreOrder: true);
        }
    }

    [Fact]
    public async Task A_container_that_is_disposed_synchronously_lets_go_of_the_directory()
    {
        for (var run = 0; run < 2; run++)
        {
            using var provider = new ServiceCollection().AddLlmObservability().AddFileStore(Home).Services.BuildServiceProvider();
            await provider.GetRequiredService<FileLlmStore>().PrepareAsync(Token);
        }
    }

    [Fact]
    public async Task Options_come_from_the_configuration_and_then_from_code()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["LlmObservability:File:Directory"] = Home,
            ["LlmObservability:File:MaxCalls"] = "7",
            ["LlmObservability:File:MaxAge"] = "20.00:00:00",
        }).Build());
        services.AddLlmObservability().AddFileStore(configure: options =>
        {
            (options.Directory, options.MaxCalls, options.MaxAge).ShouldBe((Home, 7, TimeSpan.FromDays(20)));
            options.MaxCalls = 5;
        });
        await using var provider = services.BuildServiceProvider();
        var store = provider.GetRequiredService<FileLlmStore>();
        (await store.WriteAsync(new LlmBatch(FileStoreRig.Writer, 1, ScriptedCalls.Create(10)), Token)).Written.ShouldBe(10);

        (await store.ListAsync(new LlmListRequest(), Token)).Calls.Count.ShouldBe(5);
        Directory.GetFiles(Home).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_code_says_of_the_directory_wins()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["LlmObservability:File:Directory"] = Path.Combine(_directory, "other") }).Build());
        services.AddLlmObservability().AddFileStore(Home);
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<FileLlmStore>().PrepareAsync(Token);

        Directory.GetDirectories(_directory).ShouldBe([Home]);
    }

    [Fact]
    public async Task With_fail_fast_a_second_process_does_not_start_and_without_it_takes_over_later()
    {
        var first = new FileLlmStore(new FileLlmStoreOptions { Directory = Home });
        await first.PrepareAsync(Token);
        using (var host = Host(failFast: true, new RecordedLog()))
        {
            (await Should.ThrowAsync<LlmSinkException>(() => host.StartAsync(Token))).Message.ShouldContain("in use by another process");
        }

        using var log = new RecordedLog();
        using var second = Host(failFast: false, log);
        await second.StartAsync(Token);
        await Eventually.Is(() => log.Events.Contains("SinkFailing"), "the second one says that it waits");
        await first.DisposeAsync();
        await Eventually.Is(() => log.Events.Contains("FileStoreOpened"), "the second one takes over");
        await second.StopAsync(Token);
    }

    [Fact]
    public void Options_out_of_range_say_what_to_change()
    {
        var refused = new (string Message, Action<FileLlmStoreOptions> Change)[]
        {
            ("Set LlmObservability:File:Directory to a folder that the store has for itself.", options => options.Directory = " "),
            ("Set LlmObservability:File:Directory to a folder that the store has for itself.", options => options.Directory = "a\0b"),
            ("Set LlmObservability:File:MaxAge to a value from 00:01:00 to 3660.00:00:00; it is 00:00:59.", options => options.MaxAge = TimeSpan.FromSeconds(59)),
            ("Set LlmObservability:File:MaxAge to a value from 00:01:00 to 3660.00:00:00; it is 3661.00:00:00.", options => options.MaxAge = TimeSpan.FromDays(3661)),
            ("Set LlmObservability:File:MaxBytes to a value from 1048576 to 107374182400; it is 1048575.", options => options.MaxBytes = 1048575),
            ("Set LlmObservability:File:MaxCalls to a value from 1 to 10000000; it is 0.", options => options.MaxCalls = 0),
            ("Set LlmObservability:File:MaxCalls to a value from 1 to 10000000; it is 10000001.", options => options.MaxCalls = 10_000_001),
        };
        foreach (var (message, change) in refused)
        {
            using var provider = new ServiceCollection().AddLlmObservability().AddFileStore(Home, change).Services.BuildServiceProvider();
            Should.Throw<ArgumentException>(provider.GetRequiredService<FileLlmStore>).Message.ShouldStartWith(message);
        }

        Directory.Exists(Home).ShouldBeFalse();
    }

    [Fact]
    public void Added_twice_it_is_refused()
    {
        var builder = new ServiceCollection().AddLlmObservability().AddFileStore(Home);
        Should.Throw<InvalidOperationException>(() => builder.AddFileStore(Home)).Message.ShouldContain("'file'");
    }

    private IHost Host(bool failFast, RecordedLog log) => new HostBuilder().ConfigureServices(services =>
    {
        services.AddSingleton<ILoggerFactory>(log);
        services.AddLlmObservability(options =>
        {
            options.Pipeline.FailFast = failFast;
            options.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(10);
        }).AddFileStore(Home);
    }).Build();
}
