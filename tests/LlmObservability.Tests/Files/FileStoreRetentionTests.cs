using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreRetentionTests
{
    [Fact]
    public async Task Calls_older_than_the_bound_go_from_memory_from_exports_and_by_whole_segments_from_the_disk()
    {
        await using var rig = new FileStoreRig { Options = { MaxAge = TimeSpan.FromDays(16) } };
        await rig.OpenAsync();
        var calls = new List<LlmCallEnvelope>();
        for (var day = 0; day < 40; day++)
        {
            var call = new ScriptedCalls(day, rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1)).NextEnvelope();
            calls.Add(call);
            await rig.WriteAsync(day + 1, call);
            if (day % 7 == 3)
            {
                await rig.ReopenAsync();
            }

            var expected = calls.TakeLast(17).Select(kept => kept.CallId).ToList();
            (await rig.CallsAsync()).Select(kept => kept.Id).ShouldBe(expected, ignoreOrder: true);
            (await rig.LinesAsync()).ShouldBe(calls.TakeLast(17).Select(FileStoreRig.LineOf));
            rig.Segments.Count.ShouldBeLessThanOrEqualTo(20, "a segment lasts a day, and the last ones are still partly needed");
            rig.Time.Advance(TimeSpan.FromDays(1));
        }

        (await rig.WriteAsync(100, calls[0])).Rejected.ShouldBe([new LlmRejection(100, LlmDropReason.OutsideWindow)]);
        (await rig.WriteAsync(1, calls[0])).Written.ShouldBe(0);
    }

    [Fact]
    public async Task What_an_idle_store_holds_goes_with_its_next_write_or_opening()
    {
        await using var rig = new FileStoreRig { Options = { MaxAge = TimeSpan.FromDays(15) } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(20);
        await rig.WriteAsync(1, calls);
        rig.Time.Advance(TimeSpan.FromDays(16));
        await rig.ReopenAsync();
        (await rig.CallsAsync()).ShouldBeEmpty();
        (await rig.LinesAsync()).ShouldBeEmpty();

        var fresh = new ScriptedCalls(1, rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
        await rig.WriteAsync(21, fresh.NextEnvelope());
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.WriteAsync(22, fresh.NextEnvelope());
        rig.Bytes.ShouldBeLessThan(4_000, "the old segment is deleted, though the one after it is young");

        rig.Time.Advance(TimeSpan.FromDays(16));
        var last = new ScriptedCalls(2, rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1)).NextEnvelope();
        await rig.WriteAsync(23, last);
        (await rig.LinesAsync()).ShouldBe([FileStoreRig.LineOf(last)]);
        rig.Segments.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_oldest_calls_make_room_when_there_are_too_many_bytes()
    {
        const int MaxBytes = 1024 * 1024;
        await using var rig = new FileStoreRig { Options = { MaxBytes = MaxBytes } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(4_000);
        var most = 0L;
        for (var at = 0; at < calls.Count; at += 20)
        {
            await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(20)]);
            most = Math.Max(most, rig.Bytes);
            if (at % 700 == 340)
            {
                await (at % 200 == 40 ? rig.CrashAsync() : rig.ReopenAsync());
            }
        }

        most.ShouldBeInRange(MaxBytes * 9L / 10, MaxBytes);
        var lines = await rig.LinesAsync();
        lines.Count.ShouldBeInRange(500, 2_000);
        lines.ShouldBe(calls.TakeLast(lines.Count).Select(FileStoreRig.LineOf));
        (await rig.CallsAsync()).Select(call => call.Id).ShouldBe(calls.TakeLast(lines.Count).Select(call => call.CallId), ignoreOrder: true);
        var before = rig.Bytes;
        await rig.ReopenAsync();
        (await rig.LinesAsync()).ShouldBe(lines);
        rig.Bytes.ShouldBeInRange(before, before + 200);
    }

    [Fact]
    public async Task An_amendment_whose_call_went_from_disk_is_rejected_and_one_that_outlived_it_is_no_call()
    {
        await using var rig = new FileStoreRig { Options = { MaxAge = TimeSpan.FromDays(16) } };
        await rig.OpenAsync();
        var script = new ScriptedCalls(1, rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
        var call = script.NextEnvelope();
        await rig.WriteAsync(1, call);
        rig.Time.Advance(TimeSpan.FromDays(10));
        var amendment = new LlmAmendmentEnvelope(script.AmendmentOf(call.Call));
        (await rig.WriteAsync(2, amendment)).Written.ShouldBe(1);
        rig.Time.Advance(TimeSpan.FromDays(7));
        var fresh = new ScriptedCalls(2, rig.Time.GetUtcNow(), TimeSpan.FromMinutes(1)).NextEnvelope();
        await rig.WriteAsync(3, fresh);

        (await rig.WriteAsync(4, new LlmAmendmentEnvelope(script.AmendmentOf(call.Call)))).Rejected
            .ShouldBe([new LlmRejection(4, LlmDropReason.OutsideWindow)]);
        await rig.ReopenAsync();
        (await rig.CallsAsync()).ShouldBe([fresh.Call]);
        (await rig.LinesAsync()).ShouldBe([FileStoreRig.LineOf(amendment), FileStoreRig.LineOf(fresh)]);
    }

    [Fact]
    public async Task A_disk_that_refuses_to_delete_fails_no_write_and_is_told_once()
    {
        await using var rig = new FileStoreRig { Options = { MaxBytes = 1024 * 1024 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(3_000);
        for (var at = 0; at < 3_000; at += 50)
        {
            rig.Files.RefusesStateWrites = at is > 1_500 and < 2_000;
            (await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(50)])).Written.ShouldBe(50);
        }

        rig.Log.Events.Count(name => name == "FileStoreTrimFailed").ShouldBe(1);
        rig.Bytes.ShouldBeLessThanOrEqualTo(1024 * 1024);
        var lines = await rig.LinesAsync();
        lines.ShouldBe(calls.TakeLast(lines.Count).Select(FileStoreRig.LineOf));
    }
}
