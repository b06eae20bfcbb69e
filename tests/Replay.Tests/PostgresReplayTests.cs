using LlmObservability.Testing.Postgres;
using Npgsql;

namespace Replay.Tests;

public sealed class PostgresReplayTests(PostgresServer server)
{
    private const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens";

    [Fact]
    public async Task Every_call_is_a_row_and_a_second_run_counts_only_its_own()
    {
        const int Calls = 10_000;
        var connection = await CreateDatabaseAsync();
        using var trace = new TraceFile([Header, .. Enumerable.Range(0, Calls).Select(i => $"2023-11-16 18:15:46.6805900,{i},2")]);

        for (var run = 1; run <= 2; run++)
        {
            var result = await ReplayRun.OfAsync(
                "--trace", trace.Path, "--price-as", "gpt-4o-mini", "--postgres", connection, "--json");

            result.ExitCode.ShouldBe(0, result.Error);
            var json = result.Json;
            json.Remove("seconds");

            // 49,995,000 input tokens at 150 nano-dollars and 20,000 output tokens at 600.
            json.ToJsonString().ShouldBe(
                """{"sent":{"calls":10000,"inputTokens":49995000,"outputTokens":20000},"stored":{"calls":10000,"inputTokens":49995000,"outputTokens":20000,"costUsd":"7.51125","pricedCalls":10000},"dropped":0,"equal":true}""");
            (await CountAsync(connection)).ShouldBe(run * Calls);
        }
    }

    [Fact]
    public async Task A_role_that_the_database_does_not_know_is_told_in_one_line()
    {
        var run = await ReplayRun.OfAsync("--postgres", server.ConnectionString(user: "nobody_here") + ";Password=hunter2", "--json");

        run.ShouldFailWithOneLine(3);
        run.Error.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_told_in_one_line()
    {
        (await ReplayRun.OfAsync("--postgres", server.ConnectionString("no_such_database"))).ShouldFailWithOneLine(3);
    }

    private static async Task<long> CountAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand("SELECT count(*) FROM llm.calls");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task<string> CreateDatabaseAsync()
    {
        var name = "replay" + Guid.NewGuid().ToString("N");
        await using var source = NpgsqlDataSource.Create(server.ConnectionString());
        await using var create = source.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return server.ConnectionString(name);
    }
}
