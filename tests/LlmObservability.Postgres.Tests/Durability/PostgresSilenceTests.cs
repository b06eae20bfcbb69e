using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Faults;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>A server that says nothing any more: whoever waits is let go, and all goes on when it speaks again.</summary>
public sealed class PostgresSilenceTests(PostgresServer server) : ProxiedDatabase(server)
{
    // Of a busy machine; the driver alone would wait longer for its request to cancel.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);
    private const string PatientDriver = ";Cancellation Timeout=8000";

    private readonly IReadOnlyList<LlmCallEnvelope> _envelopes = ScriptedCalls.Create(30);
    private readonly Guid _writer = Guid.NewGuid();

    private LlmBatch Batch => new(_writer, 1, _envelopes);

    /// <summary>What is done, and the text on its way to the server after which nothing goes through.</summary>
    public static TheoryData<string, string> Waits => new()
    {
        { "write", "claim_batch" },
        { "write", "COPY " },
        { "write", "COMMIT" },
        { "prepare", "schema_versions" },
        { "prepare", "ensure_partitions" },
        { "get", "SELECT" },
        { "list", "SELECT" },
        { "aggregate", "BEGIN" },
        { "aggregate", "percentile_disc" },
        { "distinct", "SELECT" },
        { "export", "SELECT" },
    };

    [Theory]
    [MemberData(nameof(Waits))]
    public async Task Whoever_cancels_is_let_go_at_once_and_it_works_again_when_the_server_does(string what, string at)
    {
        var store = Proxied(more: ";Maximum Pool Size=3" + PatientDriver);
        await ReadyAsync(store, _envelopes);
        var hole = TcpTrigger.AtText(TcpDirection.ToServer, at, pass: true, TcpEnd.BlackHole);
        Proxy.Set(hole);
        var cancelling = new CancellationTokenSource();

        var waiting = DoAsync(store, what, cancelling.Token);
        await hole.Fired.WaitAsync(Eventually.Bound, Token);
        await ShouldLetGoAsync(waiting, cancelling);

        // More of them than there are connections, each of which is held up too.
        for (var i = 0; i < 5; i++)
        {
            var again = new CancellationTokenSource();
            var next = DoAsync(store, what, again.Token);
            next.IsCompleted.ShouldBeFalse();
            await ShouldLetGoAsync(next, again);
        }

        Proxy.Heal();
        await Eventually.Is(() => Proxy.Open <= 3, "what was left behind has ended");
        await DoUntilDoneAsync(store, what);
        await WriteUntilTakenAsync(store, Batch);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(30);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls")).ShouldBe(30);
    }

    [Theory]
    [InlineData("write", "claim_batch")]
    [InlineData("write", "COMMIT")]
    [InlineData("list", "SELECT")]
    [InlineData("aggregate", "percentile_disc")]
    public async Task Nobody_waits_longer_than_the_librarys_own_bound(string what, string at)
    {
        var store = Proxied(TimeSpan.FromSeconds(3), PatientDriver);
        await ReadyAsync(store, _envelopes);
        Proxy.Set(TcpTrigger.AtText(TcpDirection.ToServer, at, pass: false, TcpEnd.BlackHole));
        var begin = Stopwatch.GetTimestamp();

        var failure = await Should.ThrowAsync<Exception>(() => DoAsync(store, what, Token));

        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(4) + AtOnce);
        if (what == "write")
        {
            failure.ShouldBeOfType<LlmSinkException>().Message.ShouldBe("PostgreSQL did not answer in time.");
        }

        Proxy.Heal();
        await WriteUntilTakenAsync(store, Batch);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(30);
    }

    [Fact]
    public async Task A_backend_that_hangs_inside_a_write_holds_up_nobody_for_good_and_no_row_comes_twice()
    {
        var store = Proxied(TimeSpan.FromSeconds(2), PatientDriver);
        await ReadyAsync(store, _envelopes);
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var blocking = new NpgsqlCommand("LOCK TABLE llm.calls IN EXCLUSIVE MODE", connection))
        {
            await blocking.ExecuteNonQueryAsync(Token);
        }

        var cancelling = new CancellationTokenSource();
        var write = store.WriteAsync(Batch, cancelling.Token).AsTask();
        const string Waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        await UntilAsync("SELECT count(*) = 1 " + Waiting);
        var backend = await ScalarAsync<int>("SELECT pid " + Waiting);
        await Server.HangAsync(backend, hung: true);
        try
        {
            await ShouldLetGoAsync(write, cancelling);
            await transaction.RollbackAsync(Token);
            // It holds its writer's lock: the retry is for now, and another writer goes on.
            (await Should.ThrowAsync<LlmSinkException>(() => DoAsync(store, "write", Token))).Failure.ShouldBe(LlmSinkFailure.Transient);
            (await WriteUntilTakenAsync(store, new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(5, seed: 9)))).Written.ShouldBe(5);
        }
        finally
        {
            await Server.HangAsync(backend, hung: false);
        }

        await WriteUntilTakenAsync(store, Batch);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(35);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls")).ShouldBe(35);
    }

    [Fact]
    public async Task A_first_attempt_that_reaches_its_claim_after_the_retry_adds_only_what_is_missing()
    {
        var store = Proxied();
        await using var direct = PostgresLlmStore.Create(ConnectionString);
        await ReadyAsync(store, _envelopes);
        var hole = TcpTrigger.AtText(TcpDirection.ToServer, "claim_batch", pass: false, TcpEnd.BlackHole);
        Proxy.Set(hole);

        var first = store.WriteAsync(Batch, Token).AsTask();
        await hole.Fired.WaitAsync(Eventually.Bound, Token);
        // Cut anew meanwhile, and the next batch of the same writer.
        (await direct.WriteAsync(Batch.Slice(5, 10), Token)).Written.ShouldBe(10);
        (await direct.WriteAsync(new LlmBatch(_writer, 31, ScriptedCalls.Create(7, seed: 5)), Token)).Written.ShouldBe(7);
        Proxy.Heal();

        (await first).ShouldBe(new LlmWriteResult(20, 10));
        (await direct.WriteAsync(Batch, Token)).ShouldBe(new LlmWriteResult(0, 30));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(37);
        (await ScalarAsync<decimal>("SELECT sum(last_sequence - first_sequence + 1) FROM llm.ledger")).ShouldBe(37);
    }

    [Fact]
    public async Task A_first_attempt_that_was_left_behind_before_its_commit_gives_way_to_the_retry()
    {
        var store = Proxied(TimeSpan.FromSeconds(3), PatientDriver);
        await using var direct = PostgresLlmStore.Create(ConnectionString);
        await ReadyAsync(store, _envelopes);
        var hole = TcpTrigger.AtText(TcpDirection.ToServer, "COMMIT", pass: false, TcpEnd.BlackHole);
        Proxy.Set(hole);
        var cancelling = new CancellationTokenSource();
        var first = store.WriteAsync(Batch, cancelling.Token).AsTask();
        await hole.Fired.WaitAsync(Eventually.Bound, Token);
        await ShouldLetGoAsync(first, cancelling);

        // Waits for the lock of a session that has lost its client, until the server ends it.
        (await direct.WriteAsync(Batch, Token)).ShouldBe(new LlmWriteResult(30, 0));
        Proxy.Heal();

        (await WriteUntilTakenAsync(store, Batch)).ShouldBe(new LlmWriteResult(0, 30));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(30);
    }

    private static async Task ShouldLetGoAsync(Task waiting, CancellationTokenSource cancelling)
    {
        waiting.IsCompleted.ShouldBeFalse();
        var begin = Stopwatch.GetTimestamp();
        await cancelling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        Stopwatch.GetElapsedTime(begin).ShouldBeLessThan(AtOnce);
    }

    private async Task DoUntilDoneAsync(PostgresLlmStore store, string what)
    {
        for (var left = 10; ; left--)
        {
            try
            {
                await DoAsync(store, what, Token);
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or LlmSinkException && left > 0)
            {
                // A connection that the silence broke.
            }
        }
    }

    private async Task DoAsync(PostgresLlmStore store, string what, CancellationToken cancellationToken)
    {
        switch (what)
        {
            case "write":
                await store.WriteAsync(Batch, cancellationToken);
                break;
            case "prepare":
                await store.PrepareAsync(cancellationToken);
                break;
            case "get":
                await store.GetAsync(_envelopes[0].CallId, cancellationToken);
                break;
            case "list":
                await store.ListAsync(new LlmListRequest(), cancellationToken);
                break;
            case "aggregate":
                await store.AggregateAsync(new LlmAggregateRequest { Percentiles = true, GroupBy = [LlmField.Model] }, cancellationToken);
                break;
            case "distinct":
                await store.DistinctAsync(new LlmDistinctRequest { Field = LlmField.Model }, cancellationToken);
                break;
            default:
                await foreach (var _ in store.ExportAsync(new LlmFilter(), cancellationToken))
                {
                    // Read to its end.
                }

                break;
        }
    }
}
