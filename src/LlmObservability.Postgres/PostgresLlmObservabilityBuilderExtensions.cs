using LlmObservability;
using LlmObservability.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the PostgreSQL store.</summary>
public static class PostgresLlmObservabilityBuilderExtensions
{
    private const string Name = "postgres";

    /// <summary>Keeps calls in PostgreSQL, over connections of the library's own, of which the driver traces and logs nothing.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString">Npgsql's connection string. A secret where it holds a password: never logged.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Postgres</c>.</param>
    public static ILlmObservabilityBuilder AddPostgres(
        this ILlmObservabilityBuilder builder, string connectionString, Action<PostgresLlmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connectionString);
        return builder.CheckingSpool(configure).AddStore(Name, services => PostgresLlmStore.Create(
            connectionString,
            BuildOptions(services, configure),
            services.GetService<TimeProvider>(),
            services.GetService<ILoggerFactory>()));
    }

    /// <summary>
    /// Keeps calls in PostgreSQL, over the application's data source, which stays the application's. Where the application traces the driver, it
    /// leaves this library's statements out when it builds the data source:
    /// <c>dataSourceBuilder.ConfigureTracing(tracing => tracing.LeaveOutLlmObservability())</c>
    /// (<see cref="PostgresLlmTracing"/>).
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="dataSource">The data source.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Postgres</c>.</param>
    public static ILlmObservabilityBuilder AddPostgres(
        this ILlmObservabilityBuilder builder, NpgsqlDataSource dataSource, Action<PostgresLlmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return builder.AddPostgres(_ => dataSource, configure);
    }

    /// <summary>
    /// Keeps calls in PostgreSQL, over a data source from the services, which stays theirs. Where the application traces the driver, it
    /// leaves this library's statements out when it builds the data source:
    /// <c>dataSourceBuilder.ConfigureTracing(tracing => tracing.LeaveOutLlmObservability())</c>
    /// (<see cref="PostgresLlmTracing"/>).
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="dataSource">Finds the data source when the store is created.</param>
    /// <param name="configure">Options, after those of the configuration section <c>LlmObservability:Postgres</c>.</param>
    public static ILlmObservabilityBuilder AddPostgres(
        this ILlmObservabilityBuilder builder,
        Func<IServiceProvider, NpgsqlDataSource> dataSource,
        Action<PostgresLlmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(dataSource);
        return builder.CheckingSpool(configure).AddStore(Name, services => new PostgresLlmStore(
            dataSource(services), BuildOptions(services, configure), services.GetService<TimeProvider>(), services.GetService<ILoggerFactory>()));
    }

    private static ILlmObservabilityBuilder CheckingSpool(this ILlmObservabilityBuilder builder, Action<PostgresLlmOptions>? configure)
    {
        builder.Services.AddSingleton<IValidateOptions<LlmObservabilityOptions>>(
            services => new PostgresSpoolCheck(() => BuildOptions(services, configure)));
        return builder;
    }

    private static PostgresLlmOptions BuildOptions(IServiceProvider services, Action<PostgresLlmOptions>? configure)
    {
        var options = new PostgresLlmOptions();
        services.GetService<IConfiguration>()?.GetSection(PostgresLlmOptions.SectionName).Bind(options);
        configure?.Invoke(options);
        return options;
    }
}
