using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

/// <summary>How long a write may take when the server does not get on.</summary>
public sealed class PostgresBoundsTests(PostgresServer server) : PostgresDatabase(server)
{
    private readonly LlmBatch _batch = new(Guid.NewGuid(), 1, ScriptedCalls.Create(50));

    [Fact]
    public async Task A_write_that_is_cancelled_while_the_server_holds_it_up_lets_go_at_once_and_can_come_again()
    {
        await using var store = PostgresLlmStore.Create(ConnectionString, new PostgresLlmOptions { CommandTimeout = TimeSpan.FromMinutes(2) });
        await PrepareAsync(store);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await LockCallsAsync(connection);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var write = store.WriteAsync(_batch, cancelling.Token).AsTask();
        await UntilWaitingAsync(1);
        write.IsCompleted.ShouldBeFalse();
        var begin = Stopwatch.GetTimestamp();
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => write);

        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        await transaction.RollbackAsync(Token);
        // The write that was let go may yet commit: then all of it was written before.
        var again = await store.WriteAsync(_batch, Token);
        (again.Written + again.AlreadyWritten).ShouldBe(50);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(50);
    }

    [Fact]
    public async Task Writes_that_hang_take_no_more_connections_than_their_cap_and_reading_goes_on()
    {
        var named = new NpgsqlConnectionStringBuilder(ConnectionString) { ApplicationName = "capped", Timeout = 2 };
        await using var store = PostgresLlmStore.Create(
            named.ConnectionString, new PostgresLlmOptions { MaxWriteConnections = 3, CommandTimeout = TimeSpan.FromMinutes(2) });
        await PrepareAsync(store);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await LockCallsAsync(connection);

        // More at once than there are connections for: as if the ones before had been given up.
        var writes = Enumerable.Range(0, 6)
            .Select(_ => store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(5)), Token).AsTask()).ToList();
        await UntilAsync("SELECT count(*) = 3 FROM pg_stat_activity WHERE application_name = 'capped' AND wait_event_type = 'Lock'");
        (await store.GetAsync(LlmCallId.Create(DateTimeOffset.UtcNow), Token)).ShouldBeNull();
        (await ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'capped'")).ShouldBe(4);

        await transaction.RollbackAsync(Token);
        var written = 0;
        foreach (var write in writes)
        {
            try
            {
                written += (await write).Written;
            }
            catch (LlmSinkException)
            {
                // It waited longer for a connection than its connection string says.
            }
        }

        written.ShouldBeGreaterThanOrEqualTo(15);
    }

    [Fact]
    public async Task The_server_ends_a_copy_that_waits_longer_than_the_commands_bound()
    {
        await using var store = PostgresLlmStore.Create(ConnectionString, new PostgresLlmOptions { CommandTimeout = TimeSpan.FromSeconds(1) });
        await PrepareAsync(store);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await LockCallsAsync(connection);

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(_batch, Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        // Nobody waits on: neither the client nor a session that it left.
        await UntilWaitingAsync(0);
        await transaction.RollbackAsync(Token);
        (await store.WriteAsync(_batch, Token)).Written.ShouldBe(50);
    }

    [Fact]
    public async Task The_bound_holds_for_the_claim_and_for_what_follows()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { CommandTimeout = TimeSpan.FromSeconds(77) });
        await store.WriteAsync(_batch, Token);
        await ExecuteAsync(
            """
            CREATE TABLE noted (place text, setting text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              INSERT INTO public.noted VALUES
                (TG_TABLE_NAME, current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout'));
              RETURN NULL;
            END $$;
            CREATE TRIGGER note AFTER INSERT ON llm.calls FOR EACH STATEMENT EXECUTE FUNCTION note();
            CREATE TRIGGER note AFTER INSERT ON llm.ledger FOR EACH STATEMENT EXECUTE FUNCTION note();
            """);

        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(10, seed: 2)), Token);

        (await ScalarAsync<string>("SELECT string_agg(place || ' ' || setting, ', ' ORDER BY place) FROM noted"))
            .ShouldBe("calls 77s 77s, ledger 77s 77s");
    }

    /// <summary>With all partitions there, so that the next write gets as far as its COPY.</summary>
    private async Task PrepareAsync(PostgresLlmStore store)
    {
        await store.PrepareAsync(Token);
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, _batch.Envelopes), Token);
        await ExecuteAsync("TRUNCATE llm.calls, llm.attempts, llm.tool_calls, llm.ledger");
    }

    private static async Task<NpgsqlTransaction> LockCallsAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync(Token);
        await using var blocking = new NpgsqlCommand("LOCK TABLE llm.calls IN EXCLUSIVE MODE", connection);
        await blocking.ExecuteNonQueryAsync(Token);
        return transaction;
    }

    private Task UntilWaitingAsync(long sessions) =>
        UntilAsync($"SELECT count(*) = {sessions} FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
}
