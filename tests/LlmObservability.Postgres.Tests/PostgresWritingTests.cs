using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

public sealed class PostgresWritingTests(PostgresServer server) : PostgresDatabase(server)
{
    private readonly Guid _writer = Guid.NewGuid();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Batches_cut_anew_at_random_write_each_call_once(int seed)
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(200, seed);
        var random = new Random(seed);
        var whole = new LlmBatch(_writer, 1, envelopes);
        var written = 0;

        for (var i = 0; i < 30; i++)
        {
            var start = random.Next(envelopes.Count);
            var result = await store.WriteAsync(whole.Slice(start, 1 + random.Next(envelopes.Count - start)), Token);
            written += result.Written;
        }

        written += (await store.WriteAsync(whole, Token)).Written;

        written.ShouldBe(200);
        await ShouldHoldAsync(envelopes);
        (await ScalarAsync<long>(
            "SELECT count(*) FROM llm.ledger a JOIN llm.ledger b ON a.writer_id = b.writer_id AND a.first_sequence < b.first_sequence "
            + "AND a.last_sequence >= b.first_sequence")).ShouldBe(0);
        (await ScalarAsync<decimal>("SELECT sum(last_sequence - first_sequence + 1) FROM llm.ledger")).ShouldBe(200);
    }

    [Fact]
    public async Task A_transaction_whose_end_is_not_known_is_waited_for()
    {
        var store = await PreparedAsync();
        var batch = new LlmBatch(_writer, 1, ScriptedCalls.Create(10));
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var claim = new NpgsqlCommand("SELECT * FROM llm.claim_batch($1, 1, 7)", connection))
        {
            claim.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _writer });
            await claim.ExecuteNonQueryAsync(Token);
        }

        var write = store.WriteAsync(batch, Token).AsTask();
        await UntilSomebodyWaitsAsync(write);
        write.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync(Token);

        (await write).ShouldBe(new LlmWriteResult(3, 7));
    }

    [Fact]
    public async Task A_crash_between_copy_and_commit_leaves_nothing_and_the_batch_can_come_again()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(100);
        var batch = new LlmBatch(_writer, 1, envelopes);
        // All partitions are there, so that the write gets as far as its COPY.
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token);
        await ExecuteAsync("TRUNCATE llm.calls, llm.attempts, llm.tool_calls, llm.ledger");
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var blocking = new NpgsqlCommand("LOCK TABLE llm.tool_calls IN EXCLUSIVE MODE", connection))
        {
            await blocking.ExecuteNonQueryAsync(Token);
        }

        // The calls are copied; the tool calls wait for the lock. Then the server loses the session.
        var write = store.WriteAsync(batch, Token).AsTask();
        await UntilSomebodyWaitsAsync(write);
        (await ScalarAsync<string>(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).ShouldStartWith("COPY");
        await ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

        (await Should.ThrowAsync<LlmSinkException>(() => write)).Failure.ShouldBe(LlmSinkFailure.Transient);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(0);

        await transaction.RollbackAsync(Token);
        (await store.WriteAsync(batch, Token)).Written.ShouldBe(100);
        await ShouldHoldAsync(envelopes);
    }

    [Fact]
    public async Task Calls_that_are_there_under_another_number_are_left_out_and_the_rest_is_written()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(60);
        await store.WriteAsync(new LlmBatch(_writer, 1, [.. envelopes.Take(40)]), Token);

        // Another writer sends twenty of them again, and one of the new ones twice.
        LlmEnvelope[] again = [.. envelopes.Skip(20), envelopes[59]];
        var result = await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, again), Token);

        result.ShouldBe(new LlmWriteResult(20, 21));
        await ShouldHoldAsync(envelopes);
        foreach (var table in new[] { "calls", "attempts", "tool_calls", "amendments" })
        {
            (await ScalarAsync<long>($"SELECT count(*) FROM llm.staging_{table}")).ShouldBe(0);
        }
    }

    [Fact]
    public async Task An_amendment_that_is_there_changes_nothing()
    {
        var store = await PreparedAsync();
        var call = ScriptedCalls.Create(1)[0];
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.Call.StartedAt),
            CallId = call.CallId,
            CallStartedAt = call.CallStartedAt,
            CreatedAt = call.CallStartedAt,
            Kind = "feedback",
            Score = 1,
        };
        await store.WriteAsync(new LlmBatch(_writer, 1, [call, new LlmAmendmentEnvelope(amendment)]), Token);

        var result = await store.WriteAsync(new LlmBatch(_writer, 3, [new LlmAmendmentEnvelope(amendment with { Score = 2 })]), Token);

        result.ShouldBe(new LlmWriteResult(0, 1));
        (await store.GetAsync(call.CallId, Token))!.Amendments.ShouldBe([amendment]);
    }

    [Fact]
    public async Task Calls_outside_the_window_and_ids_of_another_time_are_put_aside()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(30) });
        var now = DateTimeOffset.UtcNow;
        LlmEnvelope[] envelopes =
        [
            At(now.AddDays(-29)), At(now.AddDays(-31)) is var old ? new LlmCallEnvelope(old.Call with { ResponseId = "a\0\\u0000\uD800b" }) : old, At(now.AddHours(23)), At(now.AddHours(25)), At(DateTimeOffset.UnixEpoch),
            new LlmCallEnvelope(At(now).Call with { Id = Guid.NewGuid() }),
            new LlmCallEnvelope(At(now).Call with { StartedAt = At(now).Call.StartedAt.AddMilliseconds(-5) }),
        ];
        const string OtherTime = "Its id does not hold the time at which it began.";
        LlmRejection[] rejections =
        [
            new(2, LlmDropReason.OutsideWindow), new(4, LlmDropReason.OutsideWindow), new(5, LlmDropReason.OutsideWindow),
            new(6, LlmDropReason.Poison, OtherTime), new(7, LlmDropReason.Poison, OtherTime),
        ];
        var batch = new LlmBatch(_writer, 1, envelopes);

        var result = await store.WriteAsync(batch, Token);

        (result.Written, result.AlreadyWritten).ShouldBe((2, 0));
        result.Rejected.ShouldBe(rejections);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected WHERE reason = 'outside_window' AND kind = 'call'")).ShouldBe(3);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected WHERE record ->> 'id' = call_id::text")).ShouldBe(5);
        var record = await ScalarAsync<string>("SELECT record::text FROM llm.rejected WHERE sequence = 2");
        LlmEnvelopeSerializer.Deserialize(System.Text.Encoding.UTF8.GetBytes(record)).ShouldBeOfType<LlmCallEnvelope>().Call
            .ShouldBe(((LlmCallEnvelope)envelopes[1]).Call with { ResponseId = "a\uFFFD\\u0000\uFFFDb" });

        // Again: told again, kept once.
        result = await store.WriteAsync(batch, Token);
        (result.Written, result.AlreadyWritten).ShouldBe((0, 2));
        result.Rejected.ShouldBe(rejections);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected")).ShouldBe(5);
    }

    [Fact]
    public async Task Text_that_the_server_refuses_is_cleaned_and_fails_no_batch()
    {
        var store = await PreparedAsync();
        var envelope = ScriptedCalls.Create(1)[0];
        var call = envelope.Call with
        {
            RequestModel = "a\0b",
            ResponseModel = "\uD83D\uDE00\uD83D",
            FinishReason = "\uDE00x",
            Tags = new LlmTags([new("k\0", "v\0\uD800"), new("fine", "😀 \\u0000")]) { Tenant = "\0" },
        };

        await store.WriteAsync(new LlmBatch(_writer, 1, [new LlmCallEnvelope(call), .. ScriptedCalls.Create(5, seed: 2)]), Token);

        var read = (await store.GetAsync(call.Id, Token))!.Call;
        (read.RequestModel, read.ResponseModel, read.FinishReason).ShouldBe(("a\uFFFDb", "😀\uFFFD", "\uFFFDx"));
        read.Tags.Tenant.ShouldBe("\uFFFD");
        read.Tags.Custom.ShouldBe([new("fine", "😀 \\u0000"), new("k\uFFFD", "v\uFFFD\uFFFD")]);
    }

    [Fact]
    public async Task A_partition_that_was_dropped_is_made_again()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(20);
        await store.WriteAsync(new LlmBatch(_writer, 1, [envelopes[0]]), Token);
        var day = envelopes[0].CallStartedAt.UtcDateTime.ToString("yyyyMMdd");
        await ExecuteAsync($"DROP TABLE llm.calls_{day}, llm.attempts_{day}, llm.tool_calls_{day}, llm.amendments_{day}");

        (await store.WriteAsync(new LlmBatch(_writer, 2, [.. envelopes.Skip(1)]), Token)).Written.ShouldBe(19);
    }

    [Theory]
    [InlineData("calls")]
    [InlineData("amendments")]
    public async Task What_belongs_to_a_detached_partition_is_put_aside_and_the_rest_written(string table)
    {
        var store = await PreparedAsync();
        var call = At(DateTimeOffset.UtcNow);
        var day = call.CallStartedAt.UtcDateTime;
        await ExecuteAsync($"ALTER TABLE llm.{table} DETACH PARTITION llm.{table}_{day:yyyyMMdd}");
        var again = Store();
        var batch = new LlmBatch(_writer, 1, [call, At(DateTimeOffset.UtcNow.AddDays(-3))]);

        var result = await again.WriteAsync(batch, Token);

        result.Written.ShouldBe(1);
        result.Rejected.ShouldNotBeNull().ShouldHaveSingleItem().ShouldBe(
            new LlmRejection(1, LlmDropReason.OutsideWindow, result.Rejected[0].Detail.ShouldNotBeNull()));
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.rejected WHERE detail LIKE 'Its day has no partition%' AND call_id = '{call.CallId}'")).ShouldBe(1);
        await ExecuteAsync(
            $"ALTER TABLE llm.{table} ATTACH PARTITION llm.{table}_{day:yyyyMMdd} "
            + $"FOR VALUES FROM ('{day:yyyy-MM-dd} 00:00+00') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00+00')");
        (await store.WriteAsync(new LlmBatch(_writer, 3, [call]), Token)).Written.ShouldBe(1);
    }

    [Fact]
    public async Task Many_batches_are_one_range_of_the_ledger()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(20);
        for (var i = 0; i < envelopes.Count; i++)
        {
            await store.WriteAsync(new LlmBatch(_writer, i + 1, [envelopes[i]]), Token);
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(1);
        (await store.WriteAsync(new LlmBatch(_writer, 1, envelopes), Token)).ShouldBe(new LlmWriteResult(0, 20));
    }

    [Fact]
    public async Task Children_that_share_an_ordinal_are_put_aside_with_their_call()
    {
        var store = await PreparedAsync();
        var tool = new LlmToolCall { Ordinal = 1, StartedAt = DateTimeOffset.UtcNow, Name = "a", Outcome = LlmOutcome.Completed };
        var envelope = new LlmCallEnvelope(At(DateTimeOffset.UtcNow).Call) { ToolCalls = [tool, tool with { Name = "b" }] };

        var result = await store.WriteAsync(new LlmBatch(_writer, 1, [envelope, At(DateTimeOffset.UtcNow)]), Token);

        result.Written.ShouldBe(1);
        result.Rejected.ShouldBe([new LlmRejection(1, LlmDropReason.Poison, "Two of its attempts or tool calls have one ordinal.")]);
    }

    [Fact]
    public async Task A_tool_call_by_itself_is_kept_until_its_call_comes()
    {
        var store = await PreparedAsync();
        var envelope = At(DateTimeOffset.UtcNow);
        var tool = new LlmToolCall { Ordinal = 1, StartedAt = envelope.Call.StartedAt, Name = "a", Outcome = LlmOutcome.Completed };
        var alone = new LlmToolCallEnvelope(envelope.CallId, envelope.CallStartedAt, tool);

        (await store.WriteAsync(new LlmBatch(_writer, 1, [alone]), Token)).ShouldBe(new LlmWriteResult(1, 0));
        // The number is new and the row is not: the batch goes by the staging tables, with the call in it.
        (await store.WriteAsync(new LlmBatch(_writer, 2, [alone, envelope]), Token)).ShouldBe(new LlmWriteResult(1, 1));

        (await store.GetAsync(envelope.CallId, Token)).ShouldNotBeNull().ToolCalls.ShouldBe([tool]);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.staging_tool_calls")).ShouldBe(0);
    }

    [Theory]
    [InlineData("0800-01-01")]
    [InlineData("9999-01-01")]
    [InlineData("infinity")]
    public async Task Partitions_of_absurd_days_are_refused(string day)
    {
        await PreparedAsync();
        await Should.ThrowAsync<PostgresException>(() => ExecuteAsync($"SELECT llm.ensure_partitions('{day}')"));
        (await ScalarAsync<long>($"SELECT count(*) FROM pg_class WHERE relname = 'calls_' || to_char(date '0800-01-01', 'YYYYMMDD')")).ShouldBe(0);
    }

    [Fact]
    public async Task The_commit_stays_synchronous()
    {
        await using var single = NpgsqlDataSource.Create(ConnectionString + ";Maximum Pool Size=1");
        var store = new PostgresLlmStore(single);
        await store.PrepareAsync(Token);
        await ExecuteAsync(
            """
            CREATE TABLE noted (setting text);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN INSERT INTO public.noted VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
            CREATE TRIGGER note AFTER INSERT ON llm.calls FOR EACH STATEMENT EXECUTE FUNCTION note();
            """);

        await store.WriteAsync(new LlmBatch(_writer, 1, ScriptedCalls.Create(10)), Token);

        (await ScalarAsync<string>("SELECT string_agg(DISTINCT setting, ',') FROM noted")).ShouldBe("on");
        await using var show = single.CreateCommand("SHOW synchronous_commit");
        (await show.ExecuteScalarAsync(Token)).ShouldBe("on");
    }

    [Fact]
    public async Task What_is_missing_is_null_and_never_zero()
    {
        var store = await PreparedAsync();
        var call = ScriptedCalls.Create(1)[0].Call with
        {
            Tokens = default,
            Cost = null,
            CostReason = LlmCostReason.MissingUsage,
            PriceEntry = null,
            CatalogDate = null,
            Tags = LlmTags.Empty,
        };

        await store.WriteAsync(new LlmBatch(_writer, 1, [new LlmCallEnvelope(call)]), Token);

        (await ScalarAsync<long>(
            """
            SELECT count(*) FROM llm.calls WHERE usage_source = 'missing' AND cost_reason = 'missing_usage' AND tags IS NULL
              AND num_nonnulls(input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
                output_tokens, visible_output_tokens, reasoning_tokens, token_detail, output_tokens_per_second,
                cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos) = 0
            """)).ShouldBe(1);
    }

    [Fact]
    public async Task A_look_up_by_id_reads_one_partition()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(50);
        await store.WriteAsync(new LlmBatch(_writer, 1, envelopes), Token);
        var id = envelopes[0].CallId;
        LlmCallId.TryGetTime(id, out var time).ShouldBeTrue();

        await using var explain = DataSource.CreateCommand(
            $"EXPLAIN SELECT * FROM llm.calls WHERE id = '{id}' AND started_at >= '{time:O}' AND started_at < '{time.AddMilliseconds(1):O}'");
        await using var reader = await explain.ExecuteReaderAsync(Token);
        List<string> plan = [];
        while (await reader.ReadAsync(Token))
        {
            plan.Add(reader.GetString(0));
        }

        plan.Count(line => line.Contains(" on calls_", StringComparison.Ordinal)).ShouldBe(1, string.Join('\n', plan));
    }

    private static LlmCallEnvelope At(DateTimeOffset time) => ScriptedCallAt(new DateTimeOffset(time.UtcTicks / 10 * 10, TimeSpan.Zero));

    private static LlmCallEnvelope ScriptedCallAt(DateTimeOffset time) =>
        new(new LlmCall { Id = LlmCallId.Create(time), StartedAt = time, Outcome = LlmOutcome.Completed });

    private async Task ShouldHoldAsync(IReadOnlyList<LlmCallEnvelope> envelopes)
    {
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls")).ShouldBe(envelopes.Count);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls")).ShouldBe(envelopes.Count);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.attempts")).ShouldBe(envelopes.Sum(envelope => envelope.Attempts.Count));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.tool_calls")).ShouldBe(envelopes.Sum(envelope => envelope.ToolCalls.Count));
    }

    private Task UntilSomebodyWaitsAsync(Task write) => Eventually.IsAsync(
        async () =>
        {
            if (await ScalarAsync<bool>("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
            {
                return true;
            }

            write.IsCompleted.ShouldBeFalse("the write ended without waiting");
            return false;
        },
        "the write waits for the lock");
}
