using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing.Postgres;
using LlmObservability.Testing.Stores;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

/// <summary>The contract that every store keeps, over PostgreSQL: a database for all of it, a schema for each test.</summary>
public sealed class PostgresStoreContractTests(PostgresStoreContractTests.Database database)
    : LlmStoreContract, IClassFixture<PostgresStoreContractTests.Database>
{
    protected override ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync()
    {
        var store = new PostgresLlmStore(
            database.DataSource, new PostgresLlmOptions
            {
                Schema = "contract " + Guid.NewGuid().ToString("N"),
                MaxScanWindow = TimeSpan.FromDays(3660),
            });
        return ValueTask.FromResult<(ILlmSink, ILlmStore)>((store, store));
    }

    public sealed class Database(PostgresServer server) : PostgresDatabase(server)
    {
        public new NpgsqlDataSource DataSource => base.DataSource;

        public override ValueTask InitializeAsync() => base.InitializeAsync();
    }
}
