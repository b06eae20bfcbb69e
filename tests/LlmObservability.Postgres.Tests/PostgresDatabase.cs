using LlmObservability.Postgres;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

/// <summary>A database of its own for a test class, with short ways to ask it.</summary>
public abstract class PostgresDatabase(PostgresServer server) : IAsyncLifetime
{
    protected string DatabaseName { get; } = "t" + Guid.NewGuid().ToString("N");

    protected PostgresServer Server { get; } = server;

    protected NpgsqlDataSource DataSource { get; private set; } = null!;

    protected string ConnectionString => Server.ConnectionString(DatabaseName);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await using (var postgres = NpgsqlDataSource.Create(Server.ConnectionString()))
        {
            await using var create = postgres.CreateCommand($"CREATE DATABASE {DatabaseName}");
            await create.ExecuteNonQueryAsync(Token);
        }

        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DataSource.DisposeAsync();
    }

    protected PostgresLlmStore Store(PostgresLlmOptions? options = null, TimeProvider? timeProvider = null) =>
        new(DataSource, options, timeProvider);

    protected async Task<PostgresLlmStore> PreparedAsync(PostgresLlmOptions? options = null)
    {
        var store = Store(options);
        await store.PrepareAsync(Token);
        return store;
    }

    protected async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Waits, with a bound, until a query says true.</summary>
    protected Task UntilAsync(string sql) => Eventually.IsAsync(() => ScalarAsync<bool>(sql), sql);

    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }
}
