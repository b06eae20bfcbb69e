using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Tests.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmObservability.Tests.DependencyInjection;

public sealed class DependencyInjectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_line_and_a_wrap_put_a_call_into_the_default_store()
    {
        var services = new ServiceCollection();
        services.AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        using var client = new ScriptedChatClient().WithLlmObservability(provider);
        var response = await client.GetResponseAsync(Observing.Hello, null, Token);
        await provider.GetRequiredService<LlmObserver>().FlushAsync(Token);

        var detail = await provider.GetRequiredService<ILlmStore>().GetAsync(response.GetLlmCall()!.Id, Token);
        detail!.Call.ShouldBe(response.GetLlmCall());
    }

    [Fact]
    public async Task Registered_clients_are_wrapped_keyed_and_unkeyed_each_once()
    {
        var services = new ServiceCollection();
        var instance = new ScriptedChatClient();
        ScriptedChatClient? made = null;
        services.AddSingleton<IChatClient>(instance);
        services.AddKeyedSingleton<IChatClient>("a", (_, _) => made = new ScriptedChatClient());
        services.AddKeyedScoped<IChatClient, ScriptedChatClient>("b");
        services.AddKeyedTransient<IChatClient>("alias", (provider, _) => provider.GetRequiredKeyedService<IChatClient>("a"));
        var sink = new RecordingSink();
        services.AddLlmObservability().AddSink("recording", _ => sink).ObserveChatClients().ObserveChatClients();
        var provider = services.BuildServiceProvider();
        await using (var scope = provider.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IChatClient>().GetResponseAsync(Observing.Hello, null, Token);
            foreach (var key in new[] { "a", "b", "alias" })
            {
                await scope.ServiceProvider.GetRequiredKeyedService<IChatClient>(key).GetResponseAsync(Observing.Hello, null, Token);
            }

            provider.GetRequiredKeyedService<IChatClient>("a").ShouldBeSameAs(scope.ServiceProvider.GetRequiredKeyedService<IChatClient>("a"));
        }

        await provider.GetRequiredService<LlmObserver>().FlushAsync(Token);
        sink.Calls.Count.ShouldBe(4);
        sink.Calls.ShouldAllBe(call => call.AttemptCount == 1);
        await provider.DisposeAsync();
        made!.Disposed.ShouldBeTrue();
        instance.Disposed.ShouldBeFalse();
    }

    [Fact]
    public async Task The_wrap_fits_a_chat_client_pipeline_as_a_method_group()
    {
        var services = new ServiceCollection();
        services.AddLlmObservability();
        await using var provider = services.BuildServiceProvider();
        var builder = new PipelineLikeBuilder(new ScriptedChatClient());
        using var client = builder.Use(LlmObservabilityChatClientExtensions.WithLlmObservability).Build(provider);
        (await client.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall().ShouldNotBeNull();
    }

    [Fact]
    public void Wrapping_without_the_line_at_start_up_says_what_to_do()
    {
        using var provider = new ServiceCollection().BuildServiceProvider();
        using var client = new ScriptedChatClient();
        Should.Throw<InvalidOperationException>(() => client.WithLlmObservability(provider)).Message.ShouldContain("AddLlmObservability");
    }

    [Fact]
    public async Task A_console_program_needs_neither_host_nor_container()
    {
        var store = new InMemoryLlmStore();
        Guid id;
        await using (var observer = LlmObserver.Create([store]))
        {
            using var client = new ScriptedChatClient().WithLlmObservability(observer);
            id = (await client.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall()!.Id;
        }

        (await store.GetAsync(id, Token)).ShouldNotBeNull();
    }

    [Fact]
    public void GetService_stays_transparent()
    {
        var inner = new ScriptedChatClient();
        using var observer = LlmObserver.Create([]);
        using var client = inner.WithLlmObservability(observer);
        client.GetService<ScriptedChatClient>().ShouldBeSameAs(inner);
        client.GetService<ChatClientMetadata>().ShouldBeSameAs(inner.Metadata);
        client.GetService(typeof(string), "key").ShouldBeNull();
        client.WithLlmObservability(observer).ShouldBeSameAs(client);
    }

    [Fact]
    public async Task Options_bind_from_configuration_then_code_and_enabled_switches_while_running()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["LlmObservability:Service"] = "from-config",
            ["LlmObservability:Environment"] = "from-config",
            ["LlmObservability:Pipeline:MaxBatchItems"] = "123",
            ["LlmObservability:Sinks:recording:Enabled"] = "false",
            ["LlmObservability:Prices:0:Model"] = "my-model",
            ["LlmObservability:Prices:0:Input"] = "1.5",
            ["LlmObservability:Prices:0:Output"] = "2",
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        var sink = new RecordingSink();
        services.AddLlmObservability(o => o.Environment = "from-code").AddSink("recording", _ => sink);
        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<LlmObservabilityOptions>>().Value;
        (options.Service, options.Environment, options.Pipeline.MaxBatchItems).ShouldBe(("from-config", "from-code", 123));

        var observer = provider.GetRequiredService<LlmObserver>();
        var inner = new ScriptedChatClient { Respond = (_, _, _) => Task.FromResult(ScriptedChatClient.Response(1_000_000, 0, "my-model")) };
        using var client = inner.WithLlmObservability(observer);
        var first = await client.GetResponseAsync(Observing.Hello, null, Token);
        first.GetLlmCall()!.Cost!.Value.TotalUsd.ShouldBe(1.5m);
        await observer.FlushAsync(Token);
        sink.Calls.ShouldBeEmpty();

        configuration["LlmObservability:Sinks:recording:Enabled"] = "true";
        configuration.Reload();
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await observer.FlushAsync(Token);
        sink.Calls.Count.ShouldBe(1);

        configuration["LlmObservability:Enabled"] = "false";
        configuration.Reload();
        (await client.GetResponseAsync(Observing.Hello, null, Token)).GetLlmCall().ShouldBeNull();
    }

    [Theory]
    [InlineData("Pipeline:MaxQueueItems", "0")]
    [InlineData("Pipeline:FlushInterval", "00:02:00")]
    [InlineData("UserIds:HashKey", "short")]
    [InlineData("AbandonedStreamTimeout", "00:00:00")]
    [InlineData("Prices:0:Input", "-1")]
    public async Task Bad_configuration_fails_the_start_with_a_sentence_that_names_it(string key, string value)
    {
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["LlmObservability:Prices:0:Model"] = "m",
            ["LlmObservability:Prices:0:Input"] = "1",
            ["LlmObservability:Prices:0:Output"] = "1",
            ["LlmObservability:" + key] = value,
        });
        host.Services.AddLlmObservability();
        using var app = host.Build();
        var error = await Should.ThrowAsync<OptionsValidationException>(() => app.StartAsync(Token));
        error.Failures.ShouldHaveSingleItem().ShouldContain(key.Split(':')[0]);
        error.Message.ShouldNotContain("short");
    }

    [Fact]
    public async Task The_host_fills_service_and_environment_and_drains_at_its_stop()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "shop", EnvironmentName = "Staging" });
        var sink = new RecordingSink();
        builder.Services.AddLlmObservability(o => o.Pipeline.FlushInterval = TimeSpan.FromMinutes(1)).AddSink("recording", _ => sink);
        using var host = builder.Build();
        await host.StartAsync(Token);
        using var client = new ScriptedChatClient().WithLlmObservability(host.Services);
        await client.GetResponseAsync(Observing.Hello, null, Token);
        await host.StopAsync(Token);
        var call = sink.Calls.ShouldHaveSingleItem();
        (call.Tags.Service, call.Tags.Environment).ShouldBe(("shop", "Staging"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_that_is_down_stops_the_start_only_when_asked_to(bool failFast)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var sink = new RecordingSink { OnPrepare = _ => throw new InvalidOperationException("down") };
        builder.Services.AddLlmObservability(o =>
        {
            o.Pipeline.FailFast = failFast;
            o.Pipeline.ShutdownTimeout = TimeSpan.FromMilliseconds(50);
        }).AddSink("recording", _ => sink);
        using var host = builder.Build();
        if (failFast)
        {
            (await Should.ThrowAsync<InvalidOperationException>(() => host.StartAsync(Token))).Message.ShouldBe("down");
            return;
        }

        await host.StartAsync(Token);
        using var client = new ScriptedChatClient().WithLlmObservability(host.Services);
        (await client.GetResponseAsync(Observing.Hello, null, Token)).Text.ShouldBe("Hello");
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_prepare_that_never_ends_fails_a_start_that_asks_for_it()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var sink = new RecordingSink { OnPrepare = _ => Task.Delay(Timeout.Infinite, CancellationToken.None) };
        builder.Services.AddLlmObservability(o =>
        {
            o.Pipeline.FailFast = true;
            o.Pipeline.WriteTimeout = TimeSpan.FromMilliseconds(100);
        }).AddSink("recording", _ => sink);
        using var host = builder.Build();
        (await Should.ThrowAsync<TimeoutException>(() => host.StartAsync(Token))).Message.ShouldContain("'recording'");
    }

    [Fact]
    public async Task A_keyed_client_that_takes_its_key_is_made_with_it()
    {
        var services = new ServiceCollection();
        services.AddKeyedSingleton<IChatClient, KeyedChatClient>("mine");
        services.AddLlmObservability().ObserveChatClients();
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredKeyedService<IChatClient>("mine").GetService<KeyedChatClient>()!.Key.ShouldBe("mine");
    }

    [Fact]
    public async Task A_sink_goes_by_its_own_name()
    {
        var services = new ServiceCollection();
        services.AddLlmObservability().AddInMemoryStore().AddSink("wrong", _ => new RecordingSink("right"));
        await using var provider = services.BuildServiceProvider();
        Should.Throw<InvalidOperationException>(() => provider.GetRequiredService<LlmObserver>()).Message.ShouldContain("'right'");
    }

    private sealed class KeyedChatClient([ServiceKey] string key) : DelegatingChatClient(new ScriptedChatClient())
    {
        public string Key => key;
    }

    [Fact]
    public void A_sink_is_added_once_and_a_store_is_needed_to_read()
    {
        var services = new ServiceCollection();
        var builder = services.AddLlmObservability().AddSink("x", _ => new RecordingSink("x"));
        Should.Throw<InvalidOperationException>(() => builder.AddSink("X", _ => new RecordingSink("X"))).Message.ShouldContain("'X'");
        using var provider = services.BuildServiceProvider();
        Should.Throw<InvalidOperationException>(() => provider.GetRequiredService<ILlmStore>()).Message.ShouldContain("AddPostgres");
    }

    /// <summary>The shape of Microsoft.Extensions.AI's ChatClientBuilder.Use, with its overloads.</summary>
    private sealed class PipelineLikeBuilder(IChatClient inner)
    {
        private readonly List<Func<IChatClient, IServiceProvider, IChatClient>> _steps = [];

        public PipelineLikeBuilder Use(Func<IChatClient, IChatClient> step) => Use((client, _) => step(client));

        public PipelineLikeBuilder Use(Func<IChatClient, IServiceProvider, IChatClient> step)
        {
            _steps.Add(step);
            return this;
        }

        public PipelineLikeBuilder Use(
            Func<IEnumerable<ChatMessage>, ChatOptions?, Func<IEnumerable<ChatMessage>, ChatOptions?, CancellationToken, Task>, CancellationToken, Task> shared) =>
            throw new NotSupportedException(shared.ToString());

        public IChatClient Build(IServiceProvider services)
        {
            var client = inner;
            foreach (var step in Enumerable.Reverse(_steps))
            {
                client = step(client, services);
            }

            return client;
        }
    }
}
