using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Postgres.Tests;

public sealed class PostgresRegistrationTests(PostgresServer server) : PostgresDatabase(server)
{
    [Theory]
    [InlineData("connection string")]
    [InlineData("data source")]
    [InlineData("factory")]
    public async Task A_registered_store_binds_its_section_then_the_delegate_and_is_the_one_that_is_read(string overload)
    {
        var configuration = new ConfigurationManager
        {
            ["LlmObservability:Postgres:Schema"] = "configured",
            ["LlmObservability:Postgres:SchemaMode"] = "Check",
            ["LlmObservability:Postgres:Retention"] = "20.00:00:00",
        };
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton(DataSource);
        var builder = services.AddLlmObservability();
        void Configure(PostgresLlmOptions options)
        {
            (options.Schema, options.SchemaMode, options.Retention).ShouldBe(("configured", SchemaMode.Check, TimeSpan.FromDays(20)));
            options.SchemaMode = SchemaMode.Apply;
        }

        _ = overload switch
        {
            "connection string" => builder.AddPostgres(ConnectionString, Configure),
            "data source" => builder.AddPostgres(DataSource, Configure),
            _ => builder.AddPostgres(provider => provider.GetRequiredService<Npgsql.NpgsqlDataSource>(), Configure),
        };
        await using (var provider = services.BuildServiceProvider())
        {
            var store = provider.GetRequiredService<PostgresLlmStore>();
            provider.GetRequiredService<ILlmStore>().ShouldBeSameAs(store);
            await store.PrepareAsync(Token);
            (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(3)), Token)).Written.ShouldBe(3);
        }

        // The application's data source outlives the container that was not given it as its own.
        (await ScalarAsync<long>("SELECT count(*) FROM configured.calls")).ShouldBe(3);
    }

    [Fact]
    public void Without_configuration_the_defaults_count_and_the_store_may_be_disposed_synchronously()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddLlmObservability().AddPostgres(ConnectionString, options => options.Schema.ShouldBe("llm"));

        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<PostgresLlmStore>().Name.ShouldBe("postgres");
    }
}
