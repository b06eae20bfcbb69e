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
    // A test makes one store.
    private readonly string _schema = "contract " + Guid.NewGuid().ToString("N");

    protected override string Kind => "postgres";

    protected override ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync()
    {
        var store = new PostgresLlmStore(
            database.DataSource, new PostgresLlmOptions
            {
                Schema = _schema,
                MaxScanWindow = TimeSpan.FromDays(3660),
                RollupTags = ["team"],
            });
        return ValueTask.FromResult<(ILlmSink, ILlmStore)>((store, store));
    }

    protected override async ValueTask SettleAsync(ILlmStore store) =>
        await ((PostgresLlmStore)store).FoldRollupsAsync(Cancel);

    /// <summary>Whoever reprices writes past the pipeline, and sees to the sums.</summary>
    protected override async ValueTask RepriceAsync(ILlmSink sink, ILlmStore store, IReadOnlyList<LlmAmendment> repricings)
    {
        await using var batch = database.DataSource.CreateBatch();
        foreach (var repricing in repricings)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                $"""
                INSERT INTO "{_schema}".amendments
                  (id, call_id, call_started_at, created_at, kind, cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos)
                VALUES ($1, $2, $3, $4, 'repricing', $5, $6, $7, $8, $9)
                """)
            {
                Parameters =
                {
                    new() { Value = repricing.Id },
                    new() { Value = repricing.CallId },
                    new() { Value = repricing.CallStartedAt },
                    new() { Value = repricing.CreatedAt },
                    Nanos(repricing.Cost?.TotalNanos),
                    Nanos(repricing.Cost?.InputNanos),
                    Nanos(repricing.Cost?.CachedInputNanos),
                    Nanos(repricing.Cost?.OutputNanos),
                    Nanos(repricing.Cost?.FeesNanos),
                },
            });
        }

        await batch.ExecuteNonQueryAsync(Cancel);
        var days = repricings.Select(repricing => DateOnly.FromDateTime(repricing.CallStartedAt.UtcDateTime)).ToList();
        await ((PostgresLlmStore)store).RebuildRollupsAsync(days.Min(), days.Max(), Cancel);
    }

    private static NpgsqlParameter Nanos(long? nanos) => new() { Value = nanos is { } known ? known : DBNull.Value, DataTypeName = "bigint" };

    public sealed class Database(PostgresServer server) : PostgresDatabase(server)
    {
        public new NpgsqlDataSource DataSource => base.DataSource;

        public override ValueTask InitializeAsync() => base.InitializeAsync();
    }
}
