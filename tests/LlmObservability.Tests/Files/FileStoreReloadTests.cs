using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Tests.Segments;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreReloadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_newest_calls_come_back_with_all_that_joined_them_later()
    {
        await using var rig = new FileStoreRig { Options = { MaxCalls = 1_500 } };
        await rig.OpenAsync();
        var script = new ScriptedCalls(3, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(3));
        LlmCallEnvelope[] calls = [.. Enumerable.Range(0, 4_000).Select(_ => script.NextEnvelope())];
        await rig.WriteAsync(1, calls);
        var amendments = calls.TakeLast(3).Select(call => script.AmendmentOf(call.Call)).ToList();
        var tool = new LlmToolCall { Ordinal = 99, StartedAt = calls[^1].Call.StartedAt, Name = "late", Outcome = LlmOutcome.Completed };
        await rig.WriteAsync(4_001, [.. amendments.Select(amendment => new LlmAmendmentEnvelope(amendment)), new LlmToolCallEnvelope(calls[^1].CallId, calls[^1].CallStartedAt, tool)]);
        var before = await rig.CallsAsync();

        await rig.ReopenAsync();

        (await rig.CallsAsync()).ShouldBe(before);
        before.Select(call => call.Id).ShouldBe(calls.TakeLast(1_500).Select(call => call.CallId), ignoreOrder: true);
        foreach (var (call, amendment) in calls.TakeLast(3).Zip(amendments))
        {
            (await rig.Store.GetAsync(call.CallId, Token)).ShouldNotBeNull().Amendments.ShouldBe([amendment]);
        }

        var last = (await rig.Store.GetAsync(calls[^1].CallId, Token)).ShouldNotBeNull();
        last.ToolCalls.ShouldBe([.. calls[^1].ToolCalls, tool]);
        last.Attempts.ShouldBe(calls[^1].Attempts);
        (await rig.LinesAsync()).Count.ShouldBe(4_004, "all of them are on disk");
        rig.Log.Events.ShouldAllBe(name => name == "FileStoreOpened");
        rig.Log.Entries[^1].Message.ShouldContain("4004 records on disk, 1500 calls in memory");
    }

    [Fact]
    public async Task Calls_make_room_in_the_order_in_which_they_were_written_also_after_a_restart()
    {
        await using var rig = new FileStoreRig { Options = { MaxCalls = 10 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(30);
        await rig.WriteAsync(1, [.. calls.Take(10)]);
        await rig.ReopenAsync();
        await rig.WriteAsync(11, [.. calls.Skip(10).Take(4)]);

        (await rig.CallsAsync()).Select(call => call.Id).ShouldBe(calls.Skip(4).Take(10).Select(call => call.CallId), ignoreOrder: true);
        (await rig.WriteAsync(15, new LlmAmendmentEnvelope(new ScriptedCalls(1, ScriptedCalls.TenDaysAgo, TimeSpan.FromDays(1)).AmendmentOf(calls[0].Call))))
            .Rejected.ShouldBe([new LlmRejection(15, LlmDropReason.OutsideWindow)]);
        (await rig.LinesAsync()).Count.ShouldBe(14, "what was rejected is not on disk");
    }

    [Fact]
    public async Task A_batch_that_comes_again_after_a_restart_however_cut_is_written_once()
    {
        // Few calls stay in memory, so that numbers alone can tell.
        await using var rig = new FileStoreRig { Options = { MaxCalls = 3 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(100);
        var all = new LlmBatch(FileStoreRig.Writer, 1, calls);
        foreach (var (start, count, fresh) in new[] { (0, 30, 30), (20, 25, 15), (0, 46, 1), (46, 1, 1), (10, 90, 53), (0, 100, 0) })
        {
            var result = await rig.Store.WriteAsync(all.Slice(start, count), Token);
            (result.Written, result.AlreadyWritten).ShouldBe((fresh, count - fresh));
            await (start % 20 == 0 ? rig.CrashAsync() : rig.ReopenAsync());
        }

        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
    }

    [Fact]
    public async Task What_was_written_survives_a_crash_and_a_loss_of_power()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(300);
        for (var at = 0; at < 300; at += 10)
        {
            await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(10)]);
            if (at % 100 == 40)
            {
                await rig.CrashAsync();
            }
            else if (at % 100 == 90)
            {
                rig.Files = rig.Files.AfterPowerLoss(new Random(at));
                await rig.OpenAsync();
            }
        }

        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
        (await rig.CallsAsync()).Count.ShouldBe(300);
    }

    [Fact]
    public async Task What_was_put_aside_is_told_again_and_leaves_no_trace_on_disk()
    {
        await using var rig = new FileStoreRig { Options = { MaxAge = TimeSpan.FromDays(9) } };
        await rig.OpenAsync();
        var script = new ScriptedCalls(4, ScriptedCalls.TenDaysAgo.AddDays(2), TimeSpan.FromDays(1));
        var (good, poison, unknown) = (script.NextEnvelope(), script.NextEnvelope(), script.NextCall());
        LlmEnvelope[] envelopes =
        [
            good,
            new LlmCallEnvelope(poison.Call with { Id = Guid.NewGuid() }),
            new LlmCallEnvelope(new ScriptedCalls(5, ScriptedCalls.TenDaysAgo, TimeSpan.FromHours(1)).NextCall()),
            new LlmAmendmentEnvelope(script.AmendmentOf(unknown)),
            new LlmCallEnvelope(script.NextCall() with { Outcome = (LlmOutcome)99 }),
            new LlmAmendmentEnvelope(script.AmendmentOf(good.Call)),
        ];
        LlmRejection[] rejected =
        [
            new(2, LlmDropReason.Poison), new(3, LlmDropReason.OutsideWindow), new(4, LlmDropReason.OutsideWindow), new(5, LlmDropReason.Poison),
        ];
        foreach (var fresh in new[] { 2, 0, 0 })
        {
            var result = await rig.WriteAsync(1, envelopes);
            (result.Written, result.AlreadyWritten).ShouldBe((fresh, 2 - fresh));
            result.Rejected.ShouldBe(rejected);
            if (fresh == 0)
            {
                await rig.ReopenAsync();
            }
        }

        (await rig.LinesAsync()).ShouldBe([FileStoreRig.LineOf(good), FileStoreRig.LineOf(envelopes[^1])]);
    }

    [Fact]
    public async Task An_envelope_too_large_for_a_record_is_put_aside_alone()
    {
        await using var rig = new FileStoreRig { Options = { MaxBytes = 1024 * 1024 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(3);
        var large = new LlmCallEnvelope(calls[1].Call with { SchemaErrors = new string('x', 300_000) });
        var result = await rig.WriteAsync(1, calls[0], large, calls[2]);

        result.Rejected.ShouldBe([new LlmRejection(2, LlmDropReason.Poison)]);
        await rig.ReopenAsync();
        (await rig.LinesAsync()).ShouldBe([FileStoreRig.LineOf(calls[0]), FileStoreRig.LineOf(calls[2])]);
    }

    [Fact]
    public async Task A_batch_larger_than_the_memory_for_it_is_written_in_parts()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(60).Select(LlmEnvelope (call) => new LlmCallEnvelope(call.Call with { SchemaErrors = new string('x', 1024 * 1024) })).ToList();
        (await rig.WriteAsync(1, calls)).Written.ShouldBe(60);
        await rig.ReopenAsync();

        (await rig.CallsAsync()).Count.ShouldBe(60);
        (await rig.WriteAsync(1, calls)).AlreadyWritten.ShouldBe(60);
    }

    [Fact]
    public async Task Records_of_a_kind_or_version_not_known_are_skipped_and_counted_and_the_others_are_read()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(2);
        await rig.WriteAsync(1, calls[0]);
        await rig.Store.DisposeAsync();
        var header = new byte[40];
        header[16] = 7;
        using (var log = SegmentDirectory.Open(rig.Files, new SegmentOptions(), rig.Time, _ => { }))
        {
            await using var writer = log.OpenWriter();
            writer.TryAppend(99, [1, 2, 3], out _).ShouldBe(AppendOutcome.Appended);
            writer.TryAppend(1, new byte[40], out _).ShouldBe(AppendOutcome.Appended);
            writer.TryAppend(1, [.. header, .. "{\"v\":2,\"kind\":\"call\"}"u8], out _).ShouldBe(AppendOutcome.Appended);
            writer.TryAppend(1, [.. header, .. "not JSON"u8], out _).ShouldBe(AppendOutcome.Appended);
        }

        await rig.OpenAsync();
        await rig.WriteAsync(2, calls[1]);

        (await rig.CallsAsync()).Select(call => call.Id).ShouldBe(calls.Select(call => call.CallId), ignoreOrder: true);
        rig.Log.Entries.Where(entry => entry.Event == "FileStoreRecordsSkipped").ShouldHaveSingleItem().Message.ShouldContain("skipped 4 records");
    }

    [Fact]
    public async Task An_opening_that_nobody_waits_for_any_more_goes_on_and_serves_the_next()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        await rig.WriteAsync(1, ScriptedCalls.Create(10));
        await rig.Store.DisposeAsync();
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        rig.Files.OnFlush = () =>
        {
            reached.Release();
            go.Wait(Eventually.Bound);
        };
        await using var store = rig.New();
        using var impatient = new CancellationTokenSource();
        var preparing = store.PrepareAsync(impatient.Token).AsTask();
        await reached.WaitAsync(Token);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => preparing);
        go.Set();
        await store.PrepareAsync(Token);

        (await store.ListAsync(new LlmListRequest(), Token)).Calls.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Before_it_is_prepared_a_store_has_no_calls_and_a_first_write_prepares_it()
    {
        await using var rig = new FileStoreRig();
        var store = rig.New();
        await using var disposing = store;
        (await store.ListAsync(new LlmListRequest(), Token)).Calls.ShouldBeEmpty();
        rig.Files.Contents.ShouldBeEmpty("nothing is opened yet");

        (await store.WriteAsync(new LlmBatch(FileStoreRig.Writer, 1, ScriptedCalls.Create(3)), Token)).Written.ShouldBe(3);
        (await store.ListAsync(new LlmListRequest(), Token)).Calls.Count.ShouldBe(3);
    }
}
