using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Upkeep;

/// <summary>Short ways to look at partitions, and to run one step of the upkeep.</summary>
public abstract class PartitionedDatabase(PostgresServer server) : PostgresDatabase(server)
{
    /// <summary>Partitions with their ranges in UTC, a line each.</summary>
    protected Task<string> PartitionsAsync(string parent) => ScalarAsync<string>(
        $"""
        SELECT coalesce(string_agg(c.relname || ' ' || to_char(r.from_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' '
          || to_char(r.to_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || CASE WHEN r.detaching THEN ' detaching' ELSE '' END, '; ' ORDER BY r.from_time), '')
        FROM llm.partition_ranges('llm.{parent}') r JOIN pg_class c ON c.oid = r.relation
        """);

    protected Task<bool> ExistsAsync(string table) => ScalarAsync<bool>($"SELECT to_regclass('llm.{table}') IS NOT NULL");

    /// <summary>The retention's step once, as the store runs it.</summary>
    private protected static Task<bool> RetainAsync(NpgsqlDataSource dataSource, PostgresLlmOptions options, RecordedLog? log = null) =>
        new PostgresRetention(
            dataSource, new PostgresNames("llm"), options, TimeProvider.System,
            log?.CreateLogger("") ?? NullLogger.Instance).Step.RunAsync(Token);

    /// <summary>Calls of a day some days ago; the store must keep them that long.</summary>
    protected static LlmBatch Calls(int daysAgo, int count = 10)
    {
        var day = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(-daysAgo);
        return new LlmBatch(Guid.NewGuid(), 1, [.. ScriptedCalls.Create(count).Select((envelope, i) =>
        {
            var startedAt = day.AddMinutes(i);
            return new LlmCallEnvelope(envelope.Call with { Id = LlmCallId.Create(startedAt), StartedAt = startedAt });
        })]);
    }

    /// <summary>The name of the partition of that day.</summary>
    protected static string OfDay(int daysAgo, string parent = "calls") => $"{parent}_{DateTime.UtcNow.AddDays(-daysAgo):yyyyMMdd}";

    /// <summary>A session that gives up at once when it would have to wait for a lock.</summary>
    protected async Task<NpgsqlConnection> ImpatientAsync()
    {
        var connection = await DataSource.OpenConnectionAsync(Token);
        await RunAsync(connection, "SET lock_timeout = '500ms'");
        return connection;
    }

    /// <summary>Statements, one after the other in that session.</summary>
    protected static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in sql.Split("; "))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        await batch.ExecuteNonQueryAsync(Token);
    }
}
