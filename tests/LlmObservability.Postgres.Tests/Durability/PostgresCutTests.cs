using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Faults;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>Connections that are cut anywhere in a write: nothing lost, nothing twice.</summary>
public sealed class PostgresCutTests(PostgresServer server) : ProxiedDatabase(server)
{
    private const int Runs = 20;
    private const int Calls = 30;

    private readonly Guid _writer = Guid.NewGuid();
    private readonly List<LlmCallEnvelope> _written = [];

    [Fact]
    public async Task A_write_that_is_cut_at_any_byte_is_there_once_when_it_comes_again()
    {
        var store = Proxied();
        await ReadyAsync(store, ScriptedCalls.Create(Calls));
        var before = Proxy.Passed(TcpDirection.ToServer);
        await WriteAsync(store, 0);
        var bytes = Proxy.Passed(TcpDirection.ToServer) - before;

        for (var seed = 1; seed <= Runs; seed++)
        {
            var random = new Random(seed);
            var cut = TcpTrigger.AfterBytes(
                TcpDirection.ToServer, random.NextInt64(bytes * 8 / 10), random.Next(2) == 0 ? TcpEnd.Close : TcpEnd.Reset);
            Proxy.Set(cut);
            await WriteAsync(store, seed);
            cut.Fired.IsCompleted.ShouldBeTrue($"the cut of seed {seed}");
        }

        await ShouldBeThereOnceAsync();
    }

    [Theory]
    [InlineData(TcpDirection.ToServer, true)]
    [InlineData(TcpDirection.ToServer, false)]
    [InlineData(TcpDirection.ToClient, false)]
    public async Task A_connection_that_is_cut_between_the_commit_and_its_answer_leaves_each_row_once(TcpDirection direction, bool pass)
    {
        var store = Proxied();
        await ReadyAsync(store, ScriptedCalls.Create(Calls));
        var known = 0;
        for (var seed = 1; seed <= Runs; seed++)
        {
            var cut = TcpTrigger.AtText(direction, "COMMIT", pass, seed % 2 == 0 ? TcpEnd.Close : TcpEnd.Reset);
            Proxy.Set(cut);
            known += (await WriteAsync(store, seed)).AlreadyWritten;
            cut.Fired.IsCompleted.ShouldBeTrue($"the cut of seed {seed}");
        }

        await ShouldBeThereOnceAsync();
        if (direction == TcpDirection.ToClient)
        {
            // The server had committed each before it answered.
            known.ShouldBe(Runs * Calls);
        }
        else if (!pass)
        {
            known.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Refusals_and_resets_are_for_now_and_soon_told()
    {
        var store = Proxied();
        await ReadyAsync(store, ScriptedCalls.Create(Calls));
        Proxy.Refuse();
        Proxy.EndAll(TcpEnd.Reset);

        foreach (var _ in Enumerable.Range(0, 3))
        {
            var failure = await Should.ThrowAsync<LlmSinkException>(
                async () => await store.WriteAsync(new LlmBatch(_writer, 1, ScriptedCalls.Create(Calls)), Token));
            failure.Failure.ShouldBe(LlmSinkFailure.Transient);
            failure.Message.ShouldStartWith("PostgreSQL could not be reached: ");
        }

        Proxy.Heal();
        await WriteAsync(store, 1);
        Proxy.EndAll(TcpEnd.Reset);
        await WriteAsync(store, 2);
        await ShouldBeThereOnceAsync();
    }

    private async Task<LlmWriteResult> WriteAsync(PostgresLlmStore store, int seed)
    {
        var envelopes = ScriptedCalls.Create(Calls, seed + 100);
        var batch = new LlmBatch(_writer, _written.Count + 1, envelopes);
        _written.AddRange(envelopes);
        var result = await WriteUntilTakenAsync(store, batch);
        (result.Written + result.AlreadyWritten).ShouldBe(Calls);
        return result;
    }

    private async Task ShouldBeThereOnceAsync()
    {
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(_written.Count);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls")).ShouldBe(_written.Count);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.attempts")).ShouldBe(_written.Sum(envelope => envelope.Attempts.Count));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.tool_calls")).ShouldBe(_written.Sum(envelope => envelope.ToolCalls.Count));
        (await ScalarAsync<string>("SELECT string_agg(first_sequence || '-' || last_sequence, ',') FROM llm.ledger")).ShouldBe($"1-{_written.Count}");
    }
}
