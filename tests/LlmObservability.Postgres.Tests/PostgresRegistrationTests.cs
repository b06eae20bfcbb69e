using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

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

    [Theory]
    [InlineData("29.00:00:00", null, null, true)]
    [InlineData("29.00:00:01", null, null, false)]
    [InlineData("29.00:00:01", "Memory", null, true)]
    [InlineData("29.00:00:01", "WriteAhead", "40.00:00:00", true)]
    [InlineData("7.00:00:00", null, "8.00:00:00", true)]
    [InlineData("7.12:00:00", "Spill", "8.00:00:00", false)]
    public async Task A_spool_that_the_store_could_have_forgotten_is_an_error_of_one_sentence_at_start(
        string spoolAge, string? durability, string? retention, bool starts)
    {
        var directory = Directory.CreateTempSubdirectory("llm-spool-");
        try
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration["LlmObservability:Pipeline:Directory"] = directory.FullName;
            builder.Configuration["LlmObservability:Pipeline:MaxSpoolAge"] = spoolAge;
            builder.Configuration["LlmObservability:Pipeline:Durability"] = durability;
            builder.Configuration["LlmObservability:Postgres:LedgerRetention"] = retention;
            builder.Services.AddLlmObservability().AddPostgres(ConnectionString);
            using var host = builder.Build();

            if (starts)
            {
                await host.StartAsync(Token);
                await host.StopAsync(Token);
                return;
            }

            var failure = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync(Token));
            failure.Failures.ShouldHaveSingleItem().ShouldStartWith(
                "Set LlmObservability:Postgres:LedgerRetention to at least a day more than LlmObservability:Pipeline:MaxSpoolAge; they are ");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_spool_its_age_is_nobodys_business()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["LlmObservability:Pipeline:MaxSpoolAge"] = "30.00:00:00";
        builder.Services.AddLlmObservability().AddPostgres(ConnectionString);
        using var host = builder.Build();
        await host.StartAsync(Token);
        await host.StopAsync(Token);
    }
}
