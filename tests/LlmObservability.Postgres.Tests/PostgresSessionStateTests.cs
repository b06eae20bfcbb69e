using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

/// <summary>What stays in a session between two transactions: nothing, since behind a pooler the next one may be anybody's.</summary>
public sealed class PostgresSessionStateTests(PostgresServer server) : PostgresDatabase(server)
{
    // Those of a language come with its first use.
    private const string Settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'";

    [Fact]
    public async Task Connections_of_its_own_prepare_nothing_by_themselves_whatever_the_text_asks_for()
    {
        const string Asking = ";Max Auto Prepare=20;Auto Prepare Min Usages=2";
        await using var asked = NpgsqlDataSource.Create(ConnectionString + Asking);
        await using var connections = PostgresConnections.Open(ConnectionString + Asking, new PostgresLlmOptions());

        (await PreparedAfterSomeAsync(asked)).ShouldBeGreaterThan(0);
        (await PreparedAfterSomeAsync(connections.Writing)).ShouldBe(0);
        (await PreparedAfterSomeAsync(connections.Reading)).ShouldBe(0);
    }

    [Fact]
    public async Task Writing_reading_folding_and_looking_leave_nothing_in_their_session()
    {
        // A pool of one, which is not reset: whoever is next finds what was left.
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString + ";No Reset On Close=true;Maximum Pool Size=1");
        await using var store = new PostgresLlmStore(dataSource);
        var before = await TextAsync(dataSource, Settings);
        var backend = await TextAsync(dataSource, "SELECT pg_backend_pid()::text");
        await store.PrepareAsync(Token);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(10)), Token);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(10)), Token);
        await store.FoldRollupsAsync(Token);
        await store.ListAsync(new LlmListRequest(), Token);
        await store.AggregateAsync(new LlmAggregateRequest(), Token);
        await store.DiagnoseAsync(Token);

        (await TextAsync(dataSource, "SELECT pg_backend_pid()::text")).ShouldBe(backend);
        (await TextAsync(dataSource, Settings)).ShouldBe(before);
        (await TextAsync(dataSource, "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")).ShouldBe("0");
        (await TextAsync(dataSource, "SELECT count(*)::text FROM pg_prepared_statements")).ShouldBe("0");
        (await TextAsync(dataSource, "SELECT count(*)::text FROM pg_listening_channels()")).ShouldBe("0");
    }

    private static async Task<long> PreparedAfterSomeAsync(NpgsqlDataSource dataSource)
    {
        await using var connection = await dataSource.OpenConnectionAsync(Token);
        for (var i = 0; i < 5; i++)
        {
            await using var some = new NpgsqlCommand("SELECT $1 + 1", connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = i } } };
            await some.ExecuteScalarAsync(Token);
        }

        await using var count = new NpgsqlCommand("SELECT count(*) FROM pg_prepared_statements", connection);
        return (long)(await count.ExecuteScalarAsync(Token))!;
    }

    private static async Task<string?> TextAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token) as string;
    }
}
