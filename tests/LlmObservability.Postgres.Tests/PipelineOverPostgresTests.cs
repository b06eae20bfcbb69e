using System.Diagnostics;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmObservability.Postgres.Tests;

/// <summary>The whole way: a wrapped client in a host, and its rows read back.</summary>
public sealed class PipelineOverPostgresTests(PostgresServer server) : PostgresDatabase(server)
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "a secret prompt")];

    [Fact]
    public async Task Every_call_of_a_hosted_application_is_a_row_equal_to_its_record()
    {
        using var host = await StartAsync(_ => { });
        var client = host.Services.GetRequiredService<IChatClient>();
        var calls = new List<LlmCall>();
        using (LlmScope.Begin(("user", "jane@example.com"), ("feature", "search"), ("color", "blue")))
        {
            calls.Add((await client.GetResponseAsync(Hello, new ChatOptions().WithLlmTag("route", "/ask"), Token)).GetLlmCall()!);
            ChatResponseUpdate? last = null;
            await foreach (var update in client.GetStreamingResponseAsync(Hello, null, Token))
            {
                last = update;
            }

            calls.Add(last!.GetLlmCall()!);
        }

        await host.StopAsync(Token);

        await using var store = new PostgresLlmStore(DataSource);
        foreach (var call in calls)
        {
            (await store.GetAsync(call.Id, Token))!.Call.ShouldBe(call);
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(2);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls c WHERE c::text LIKE '%jane%' OR c::text LIKE '%secret%'")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls WHERE \"user\" IS NOT NULL AND NOT tags ? 'user'")).ShouldBe(2);
    }

    [Fact]
    public async Task With_commit_asked_for_the_row_is_there_when_the_call_returns()
    {
        using var host = await StartAsync(options => options.Pipeline.Acknowledgement = LlmAcknowledgement.Committed);
        var client = host.Services.GetRequiredService<IChatClient>();
        for (var i = 1; i <= 20; i++)
        {
            await client.GetResponseAsync(Hello, null, Token);
            (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(i);
        }

        await host.StopAsync(Token);
    }

    [Fact]
    public async Task A_database_that_is_away_holds_up_no_call_and_gets_every_row_when_it_is_back()
    {
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        await own.StopAsync();
        using var host = await StartAsync(options => options.Pipeline.RetryDelay = TimeSpan.FromMilliseconds(20), own.ConnectionString());
        var client = host.Services.GetRequiredService<IChatClient>();
        var observer = host.Services.GetRequiredService<LlmObserver>();

        // Down at start, up, and down again in mid-flight.
        var longest = await CallAsync(client, 500);
        await own.StartAsync();
        await observer.FlushAsync(Token);
        await own.StopAsync();
        longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, (await CallAsync(client, 500)).Ticks));
        await own.StartAsync();
        await observer.FlushAsync(Token);

        // Waiting for the database would show as a connection's or a retry's time; this bound is only against that.
        longest.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        observer.GetStatistics().Dropped.ShouldBe(0);
        observer.GetStatistics().Sinks.Single().Retries.ShouldBeGreaterThan(0);
        var aggregate = await host.Services.GetRequiredService<ILlmStore>().AggregateAsync(new LlmAggregateRequest(), Token);
        aggregate.Total.Calls.ShouldBe(1000);
        await host.StopAsync(Token);
    }

    private static async Task<TimeSpan> CallAsync(IChatClient client, int count)
    {
        var longest = TimeSpan.Zero;
        for (var i = 0; i < count; i++)
        {
            var watch = Stopwatch.StartNew();
            await client.GetResponseAsync(Hello, null, Token);
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
        }

        return longest;
    }

    private async Task<IHost> StartAsync(Action<LlmObservabilityOptions> configure, string? connectionString = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "shop", EnvironmentName = "Test" });
        builder.Services.AddSingleton<IChatClient>(_ => new ScriptedChatClient());
        builder.Services
            .AddLlmObservability(options =>
            {
                options.UserIds.HashKey = "a-key-of-the-tests";
                options.Pipeline.FlushInterval = TimeSpan.FromMilliseconds(20);
                configure(options);
            })
            .AddPostgres(connectionString ?? ConnectionString)
            .ObserveChatClients();
        var host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }
}
