using System.Text;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.AI;

namespace LlmObservability.Postgres.Tests.Durability;

/// <summary>One bad record among many, through the whole pipeline: it is put aside with its reason, or made storable; the rest is in.</summary>
public sealed class PostgresPoisonTests(PostgresServer server) : PostgresDatabase(server)
{
    private const int Good = 60;

    private static readonly string Incompressible = string.Concat(
        Enumerable.Range(0, 3_000).Select(i => ((char)(0x4E00 + (i * 7919 % 20_000))).ToString()));

    /// <summary>What the database's owner added, what is wrong with the record, and the reason and detail it is put aside with; none if it is stored.</summary>
    public static TheoryData<string, string, string?, string?> Kinds => new()
    {
        { "nul", "", null, null },
        { "surrogate", "", null, null },
        { "window", "", "outside_window", null },
        { "ahead", "", "outside_window", null },
        { "id", "", "poison", "Its id does not hold" },
        { "ordinals", "", "poison", "Two of its attempts or tool calls have one ordinal." },
        { "outcome", "", "poison", "A value of a record has no form for PostgreSQL (" },
        { "tenant", "ALTER TABLE llm.calls ADD CONSTRAINT no_secret CHECK (tenant <> 'secret-tenant')", "poison", "(23514, no_secret)" },
        { "null", "ALTER TABLE llm.calls ALTER COLUMN tenant SET NOT NULL", "poison", "(23502, tenant)" },
        { "huge", "CREATE INDEX ON llm.calls (tenant)", "poison", "(54000)" },
        { "larger", "ALTER TABLE llm.calls ADD CHECK (length(tenant) < 100000)", "poison", "(23514, calls_" },
        { "many", "ALTER TABLE llm.calls ADD CHECK (tool_call_count < 1000)", "poison", "(23514, calls_" },
        { "tenant", Trigger("PERFORM 1 WHERE NEW.tenant <> 'secret-tenant' OR NEW.tenant::integer > 0;"), "poison", "(22P02)" },
        { "tenant", Trigger("IF NEW.tenant = 'secret-tenant' THEN PERFORM 3000000000::integer; END IF;"), "poison", "(22003)" },
        { "tenant", Trigger("IF NEW.tenant = 'secret-tenant' THEN PERFORM '294277-01-01'::timestamptz; END IF;"), "poison", "(22008)" },
        { "tenant", Trigger("IF NEW.tenant = 'secret-tenant' THEN RAISE 'no %', NEW.tenant; END IF;"), "poison", "(P0001)" },
        { "tenant", Trigger("IF NEW.tenant = 'secret-tenant' THEN RAISE 'no' USING ERRCODE = '23514', COLUMN = NEW.tenant, CONSTRAINT = NEW.tenant; END IF;"), "poison", "(23514)" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_bad_record_is_aside_with_its_reason_or_stored_and_all_others_are_in_once(
        string kind, string ownersDdl, string? reason, string? detail)
    {
        var store = await PreparedAsync();
        if (ownersDdl.Length > 0)
        {
            await ExecuteAsync(ownersDdl);
        }

        LlmEnvelope? bad = null;
        var log = new RecordedLog();
        await using var observer = LlmObserver.Create(
            [new TamperingSink(store, envelope => bad = Spoil(envelope, kind))],
            new LlmObservabilityOptions { Pipeline = { FlushInterval = TimeSpan.FromMilliseconds(1) } },
            loggerFactory: log);
        var client = new ScriptedChatClient().WithLlmObservability(observer);
        for (var i = 0; i < Good + 1; i++)
        {
            await client.GetResponseAsync(
                [new(ChatRole.User, "Hi")], new ChatOptions().WithLlmTag("tenant", i == Good / 2 ? TamperingSink.Marked : "t"), Token);
        }

        await Eventually.Is(() => Settled(observer) == Good + 1, "every record is written or put aside");

        var statistics = observer.GetStatistics().Sinks.Single();
        (await ScalarAsync<long>("SELECT count(*) FROM llm.calls WHERE tenant = 't'")).ShouldBe(Good);
        (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM llm.calls WHERE tenant = 't'")).ShouldBe(Good);
        (await ScalarAsync<decimal>("SELECT sum(last_sequence - first_sequence + 1) FROM llm.ledger")).ShouldBe(Good + 1);
        log.Entries.ShouldAllBe(entry => !entry.Message.Contains("secret-tenant"));
        if (reason is null)
        {
            (await ScalarAsync<long>("SELECT count(*) FROM llm.calls WHERE tenant = U&'a\\FFFDb'")).ShouldBe(1);
            (statistics.Written, statistics.Dropped.Count).ShouldBe((Good + 1, 0));
            return;
        }

        (statistics.Written, statistics.Dropped.Values.Sum()).ShouldBe((Good, 1));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected")).ShouldBe(1);
        (await ScalarAsync<string>("SELECT reason || ' ' || call_id FROM llm.rejected")).ShouldBe($"{reason} {bad!.CallId}");
        (await ScalarAsync<string>("SELECT coalesce(detail, '') FROM llm.rejected")).ShouldContain(detail ?? "");
        (await ScalarAsync<string>("SELECT coalesce(detail, '') FROM llm.rejected")).ShouldNotContain("secret-tenant");
        (await ScalarAsync<string>("SELECT record ->> 'id' FROM llm.rejected")).ShouldBe(bad.CallId.ToString());
        (await ScalarAsync<int>("SELECT octet_length(record::text) FROM llm.rejected")).ShouldBeLessThan(2 * 1024 * 1024);
        (await ScalarAsync<bool>("SELECT record ? 'cut' FROM llm.rejected")).ShouldBe(kind is "larger" or "many" or "outcome");
        if (kind == "larger")
        {
            (await ScalarAsync<string>("SELECT record ->> 'tenant' FROM llm.rejected")).ShouldBe(new string('x', 1024));
        }

        if (kind == "huge")
        {
            var record = await ScalarAsync<string>("SELECT record::text FROM llm.rejected");
            LlmEnvelopeSerializer.Deserialize(Encoding.UTF8.GetBytes(record)).ShouldBeOfType<LlmCallEnvelope>().Call.Tags.Tenant.ShouldBe(Incompressible);
        }
    }

    [Fact]
    public async Task A_row_that_only_an_index_of_the_owner_refuses_is_put_aside_and_not_taken_for_one_that_is_there()
    {
        var store = await PreparedAsync();
        await ExecuteAsync("CREATE UNIQUE INDEX one_response ON llm.calls (response_id, started_at)");
        var first = ScriptedCalls.Create(1)[0].Call with { ResponseId = "r", AttemptCount = 1, ToolCallCount = 0 };
        var second = first with { Id = LlmCallId.Create(first.StartedAt) };
        var writer = Guid.NewGuid();

        (await store.WriteAsync(new LlmBatch(writer, 1, [new LlmCallEnvelope(first)]), Token)).Written.ShouldBe(1);
        var result = await store.WriteAsync(new LlmBatch(writer, 2, [new LlmCallEnvelope(second)]), Token);

        (result.Written, result.AlreadyWritten).ShouldBe((0, 0));
        result.Rejected.ShouldNotBeNull().ShouldHaveSingleItem().Reason.ShouldBe(LlmDropReason.Poison);
        (await ScalarAsync<Guid>("SELECT call_id FROM llm.rejected")).ShouldBe(second.Id);
        (await ScalarAsync<Guid>("SELECT id FROM llm.calls")).ShouldBe(first.Id);
    }

    [Fact]
    public async Task Of_more_than_one_the_sink_puts_none_aside_and_says_that_one_is_refused()
    {
        var store = await PreparedAsync();
        await ExecuteAsync("ALTER TABLE llm.calls ADD CONSTRAINT no_secret CHECK (tenant <> 'secret-tenant')");
        var calls = ScriptedCalls.Create(2).Select(envelope => envelope.Call with { Tags = new LlmTags { Tenant = "secret-tenant" } });

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(
            new LlmBatch(Guid.NewGuid(), 1, [.. calls.Select(call => new LlmCallEnvelope(call))]), Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Poison);
        failure.Message.ShouldBe("PostgreSQL refuses what a record holds (23514, no_secret).");
        failure.ToString().ShouldNotContain("secret-tenant");
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected")).ShouldBe(0);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(0);
    }

    [Fact]
    public async Task What_can_not_even_be_put_aside_is_thrown_as_poison()
    {
        var store = await PreparedAsync();
        await ExecuteAsync(
            "ALTER TABLE llm.calls ADD CHECK (tenant <> 'x'); ALTER TABLE llm.rejected ADD CHECK (reason = 'outside_window')");
        var call = ScriptedCalls.Create(1)[0].Call with { Tags = new LlmTags { Tenant = "x" } };

        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(
            new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call)]), Token));

        failure.Failure.ShouldBe(LlmSinkFailure.Poison);
        (await ScalarAsync<long>("SELECT count(*) FROM llm.ledger")).ShouldBe(0);
    }

    [Fact]
    public async Task A_record_that_was_put_aside_is_so_told_when_it_comes_again_and_kept_once()
    {
        var store = await PreparedAsync();
        await ExecuteAsync("ALTER TABLE llm.calls ADD CHECK (tenant <> 'x')");
        var call = ScriptedCalls.Create(1)[0].Call with { Tags = new LlmTags { Tenant = "x" } };
        var batch = new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call)]);

        var first = await store.WriteAsync(batch, Token);
        var again = await store.WriteAsync(batch, Token);

        again.Rejected.ShouldBe(first.Rejected.ShouldNotBeNull());
        (again.Written, again.AlreadyWritten).ShouldBe((0, 0));
        (await ScalarAsync<long>("SELECT count(*) FROM llm.rejected")).ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_of_what_is_no_row_costs_no_record()
    {
        var store = await PreparedAsync();
        await ExecuteAsync(
            """
            CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no DDL by day'; END $$;
            CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION no_ddl();
            """);
        var batch = new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(1));

        (await Should.ThrowAsync<LlmSinkException>(async () => await store.WriteAsync(batch, Token))).Failure.ShouldBe(LlmSinkFailure.Transient);
        (await Should.ThrowAsync<LlmSinkException>(
            async () => await Store(new PostgresLlmOptions { Schema = "other" }).PrepareAsync(Token))).Failure.ShouldBe(LlmSinkFailure.Transient);

        await ExecuteAsync("DROP EVENT TRIGGER no_ddl");
        (await store.WriteAsync(batch, Token)).Written.ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_is_days_ahead_of_the_servers_puts_its_calls_aside_and_holds_up_no_others()
    {
        var ahead = DateTimeOffset.UtcNow.AddDays(5);
        var store = Store(timeProvider: new ManualTimeProvider(ahead));
        await store.PrepareAsync(Token);
        var start = new DateTimeOffset(ahead.UtcTicks / 10 * 10, TimeSpan.Zero);
        var call = new LlmCall { Id = LlmCallId.Create(start), StartedAt = start, Outcome = LlmOutcome.Completed };

        var result = await store.WriteAsync(
            new LlmBatch(Guid.NewGuid(), 1, [new LlmCallEnvelope(call), .. ScriptedCalls.Create(5)]), Token);

        result.Written.ShouldBe(5);
        result.Rejected.ShouldNotBeNull().ShouldHaveSingleItem().Reason.ShouldBe(LlmDropReason.OutsideWindow);
    }

    private static long Settled(LlmObserver observer)
    {
        var sink = observer.GetStatistics().Sinks.Single();
        sink.Failure.ShouldBeNull();
        return sink.Written + sink.Dropped.Values.Sum();
    }

    private static string Trigger(string looks) =>
        $"""
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {looks} RETURN NEW; END $$;
        CREATE TRIGGER look BEFORE INSERT ON llm.calls FOR EACH ROW EXECUTE FUNCTION look();
        """;

    private static LlmCallEnvelope Spoil(LlmCallEnvelope envelope, string kind)
    {
        var call = envelope.Call;
        LlmCallEnvelope Tenant(string? tenant) => new(call with { Tags = new LlmTags { Tenant = tenant } });
        LlmCallEnvelope At(DateTimeOffset time) => new(call with { Id = LlmCallId.Create(time), StartedAt = time });
        LlmToolCall Tool(int ordinal) => new() { Ordinal = ordinal, StartedAt = call.StartedAt, Name = "a tool", Outcome = LlmOutcome.Completed };
        return kind switch
        {
            "nul" => Tenant("a\0b"),
            "surrogate" => Tenant("a\uD800b"),
            "window" => At(DateTimeOffset.UnixEpoch),
            "ahead" => At(call.StartedAt.AddDays(3)),
            "id" => new LlmCallEnvelope(call with { Id = Guid.NewGuid() }),
            "ordinals" => new LlmCallEnvelope(call) { ToolCalls = [Tool(1), Tool(1)] },
            "outcome" => new LlmCallEnvelope(call with { Outcome = (LlmOutcome)99 }),
            "null" => Tenant(null),
            "huge" => Tenant(Incompressible),
            "larger" => Tenant(new string('x', 3_000_000)),
            "many" => new LlmCallEnvelope(call with { ToolCallCount = 20_000 }) { ToolCalls = [.. Enumerable.Range(1, 20_000).Select(Tool)] },
            _ => Tenant("secret-tenant"),
        };
    }

    /// <summary>Changes the marked call on its way into the store: what a recorder would not make, a reader of a spool may.</summary>
    private sealed class TamperingSink(PostgresLlmStore store, Func<LlmCallEnvelope, LlmEnvelope> spoil) : ILlmSink
    {
        public const string Marked = "the marked one";

        private LlmEnvelope? _spoilt;

        public string Name => store.Name;

        public ValueTask PrepareAsync(CancellationToken cancellationToken) => store.PrepareAsync(cancellationToken);

        public ValueTask<LlmWriteResult> WriteAsync(LlmBatch batch, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(batch);
            return store.WriteAsync(
                new LlmBatch(batch.WriterId, batch.FirstSequence, [.. batch.Envelopes.Select(Replace)]) { NumberedAt = batch.NumberedAt },
                cancellationToken);
        }

        private LlmEnvelope Replace(LlmEnvelope envelope) =>
            envelope is LlmCallEnvelope call && call.Call.Tags.Tenant == Marked ? _spoilt ??= spoil(call) : envelope;
    }
}
