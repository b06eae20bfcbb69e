using System.Buffers.Binary;
using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Segments;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Tests.Files;

public sealed class FileStoreFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_a_transient_failure_that_shows_nothing_and_mends_by_itself()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(200);
        await rig.WriteAsync(1, [.. calls.Take(50)]);
        rig.Files.Room = 10_000;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var failure = await Should.ThrowAsync<LlmSinkException>(() => rig.WriteAsync(51, [.. calls.Skip(50)]));
            failure.Failure.ShouldBe(LlmSinkFailure.Transient);
            failure.Message.ShouldContain("'/faults' is full");
            (await rig.CallsAsync()).Count.ShouldBe(50);
            (await rig.LinesAsync()).Count.ShouldBe(50);
        }

        rig.Files.Room = long.MaxValue;
        var result = await rig.WriteAsync(51, [.. calls.Skip(50)]);

        (result.Written + result.AlreadyWritten).ShouldBe(150);
        (await rig.CallsAsync()).Count.ShouldBe(200);
        await rig.CrashAsync();
        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
    }

    [Fact]
    public async Task A_store_on_a_full_disk_is_read_and_takes_calls_once_there_is_room()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(60);
        await rig.WriteAsync(1, [.. calls.Take(50)]);
        await rig.Store.DisposeAsync();
        rig.Files.Room = 0;
        await Should.ThrowAsync<LlmSinkException>(rig.OpenAsync);
        (await rig.CallsAsync()).Count.ShouldBe(50);

        rig.Files.Room = long.MaxValue;
        (await rig.WriteAsync(46, [.. calls.Skip(45)])).ShouldBe(new LlmWriteResult(10, 5));
        (await rig.CallsAsync()).Count.ShouldBe(60);
    }

    [Fact]
    public async Task A_flush_or_write_that_failed_costs_nothing_and_is_told()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(300);
        for (var at = 0; at < 300; at += 10)
        {
            (rig.Files.FailingFlushes, rig.Files.FailingWrites) = (at % 50 == 20 ? 1 : 0, at % 50 == 40 ? 1 : 0);
            LlmEnvelope[] batch = [.. calls.Skip(at).Take(10)];
            if (at % 50 is 20 or 40)
            {
                (await Should.ThrowAsync<LlmSinkException>(() => rig.WriteAsync(at + 1, batch))).Failure.ShouldBe(LlmSinkFailure.Transient);
                (await rig.CallsAsync()).Count.ShouldBe(at);
            }

            var result = await rig.WriteAsync(at + 1, batch);
            (result.Written + result.AlreadyWritten).ShouldBe(10);
        }

        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
        rig.Log.Events.Count(name => name == "FileStoreRewritten").ShouldBe(12);
        rig.Files = rig.Files.AfterPowerLoss(new Random(1));
        await rig.OpenAsync();
        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
    }

    [Fact]
    public async Task A_failed_batch_that_never_comes_again_goes_to_disk_with_the_next_one()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(20);
        rig.Files.FailingFlushes = 1;
        await Should.ThrowAsync<LlmSinkException>(() => rig.WriteAsync(1, [.. calls.Take(10)]));
        await rig.WriteAsync(11, [.. calls.Skip(10)]);

        (await rig.CallsAsync()).Count.ShouldBe(20);
        await rig.CrashAsync();
        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
    }

    [Fact]
    public async Task A_write_that_is_cancelled_while_the_disk_hangs_is_let_go_and_ends_by_itself()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(30);
        await rig.WriteAsync(1, [.. calls.Take(10)]);
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        rig.Files.OnFlush = () =>
        {
            reached.Release();
            go.Wait(Eventually.Bound);
        };
        using var bound = new CancellationTokenSource();
        var batch = new LlmBatch(FileStoreRig.Writer, 11, [.. calls.Skip(10).Take(10)]);
        var writing = rig.Store.WriteAsync(batch, bound.Token).AsTask();
        await reached.WaitAsync(Token);
        using var second = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var behind = rig.Store.WriteAsync(new LlmBatch(FileStoreRig.Writer, 21, [.. calls.Skip(20)]), second.Token).AsTask();
        await bound.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => writing);
        await Should.ThrowAsync<OperationCanceledException>(() => behind);
        (await rig.CallsAsync()).Count.ShouldBe(10, "it is not known to be on disk");

        go.Set();
        (await rig.Store.WriteAsync(batch, Token)).ShouldBe(new LlmWriteResult(0, 10));
        (await rig.WriteAsync(21, [.. calls.Skip(20)])).Written.ShouldBe(10);
        await rig.CrashAsync();
        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
    }

    [Fact]
    public async Task A_second_opening_is_told_so_and_takes_over_when_the_first_ends()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        await rig.WriteAsync(1, ScriptedCalls.Create(5));
        await using var second = rig.New();
        var failure = await Should.ThrowAsync<LlmSinkException>(async () => await second.PrepareAsync(Token));
        failure.Failure.ShouldBe(LlmSinkFailure.Transient);
        failure.Message.ShouldContain("in use by another process");
        await Should.ThrowAsync<LlmSinkException>(async () => await second.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(1)), Token));

        rig.Store.Dispose();
        await second.PrepareAsync(Token);
        (await second.ListAsync(new LlmListRequest(), Token)).Calls.Count.ShouldBe(5);
        (await rig.CallsAsync()).Count.ShouldBe(5, "what is in memory is still answered");
        await Should.ThrowAsync<ObjectDisposedException>(() => rig.WriteAsync(6, ScriptedCalls.Create(1, seed: 2)));
        await Should.ThrowAsync<ObjectDisposedException>(() => rig.LinesAsync());
    }

    [Fact]
    public async Task Disposed_without_waiting_while_a_write_is_under_way_the_directory_is_let_go_when_it_ends()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        rig.Files.OnFlush = () =>
        {
            reached.Release();
            go.Wait(Eventually.Bound);
        };
        var writing = rig.WriteAsync(1, ScriptedCalls.Create(5));
        await reached.WaitAsync(Token);
        rig.Store.Dispose();
        await using var second = rig.New();
        (await Should.ThrowAsync<LlmSinkException>(async () => await second.PrepareAsync(Token))).Failure.ShouldBe(LlmSinkFailure.Transient);

        go.Set();
        (await writing).Written.ShouldBe(5);
        await rig.Store.DisposeAsync();
        await second.PrepareAsync(Token);
        (await second.ListAsync(new LlmListRequest(), Token)).Calls.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_disk_that_never_answers_holds_up_the_disposal_for_its_bound_only()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        using var reached = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        rig.Files.OnFlush = () =>
        {
            reached.Release();
            go.Wait(Eventually.Bound);
        };
        var writing = rig.WriteAsync(1, ScriptedCalls.Create(5));
        await reached.WaitAsync(Token);
        var disposing = rig.Store.DisposeAsync().AsTask();
        await Eventually.Is(() => AdvancedUntil(rig, disposing), "the disposal ends");
        go.Set();
        await writing;
    }

    [Fact]
    public async Task A_damaged_segment_is_put_aside_and_told_with_figures_and_all_others_are_read()
    {
        await using var rig = new FileStoreRig { Options = { MaxBytes = 4 * 1024 * 1024 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(1_000);
        for (var at = 0; at < 1_000; at += 50)
        {
            await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(50)]);
        }

        await rig.Store.DisposeAsync();
        var damaged = rig.Segments[1];
        var content = rig.Files.Contents[damaged];
        content[content.Length / 2] ^= 1;
        rig.Files.Put(damaged, content);
        await rig.OpenAsync();

        var kept = await rig.LinesAsync();
        var expected = calls.Select(FileStoreRig.LineOf).ToList();
        kept.Count.ShouldBeInRange(700, 990);
        kept.ShouldBe(expected.Where(new HashSet<string>(kept).Contains), "in order, each once, and as it was written");
        kept.TakeLast(500).ShouldBe(expected.TakeLast(500));
        (await rig.CallsAsync()).Count.ShouldBe(kept.Count);
        var told = rig.Log.Entries.Where(entry => entry.Event == "FileStoreDamaged").ShouldHaveSingleItem();
        (told.Level, told.Message.Contains(damaged, StringComparison.Ordinal)).ShouldBe((LogLevel.Warning, true));
        rig.Log.Entries.Where(entry => entry.Event == "FileStoreRecordsMissing").ShouldHaveSingleItem()
            .Message.ShouldContain($"lacks {1_000 - kept.Count} records");

        // The numbers of what is gone are not known any more: it can be written again.
        var again = await rig.WriteAsync(1, calls);
        (again.Written, again.AlreadyWritten).ShouldBe((1_000 - kept.Count, kept.Count));
    }

    [Fact]
    public async Task A_torn_tail_is_cut_and_told()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(20);
        await rig.WriteAsync(1, calls);
        rig.Files.Kill();
        var last = rig.Segments[^1];
        rig.Files.Put(last, [.. rig.Files.Contents[last], .. new byte[500]]);
        await rig.OpenAsync();

        (await rig.LinesAsync()).ShouldBe(calls.Select(FileStoreRig.LineOf));
        rig.Log.Entries.Where(entry => entry.Event == "FileStoreTailCut").ShouldHaveSingleItem().Message.ShouldContain("500 bytes");
    }

    [Fact]
    public async Task A_segment_that_the_disk_does_not_give_back_is_left_out_and_told()
    {
        await using var rig = new FileStoreRig { Options = { MaxBytes = 4 * 1024 * 1024 } };
        await rig.OpenAsync();
        var calls = ScriptedCalls.Create(1_000);
        for (var at = 0; at < 1_000; at += 50)
        {
            await rig.WriteAsync(at + 1, [.. calls.Skip(at).Take(50)]);
        }

        await rig.Store.DisposeAsync();
        rig.Files.Unreadable = rig.Segments[1];
        await rig.OpenAsync();

        (await rig.CallsAsync()).Count.ShouldBeInRange(600, 990);
        rig.Log.Events.Count(name => name == "FileStoreUnreadable").ShouldBe(2, "once for each of the two passes");
        (await rig.WriteAsync(1_001, ScriptedCalls.Create(5, seed: 9))).Written.ShouldBe(5);
        await Should.ThrowAsync<IOException>(() => rig.LinesAsync());
        rig.Files.Unreadable = null;
        (await rig.LinesAsync()).Count.ShouldBe(1_005);
    }

    [Fact]
    public async Task A_log_of_a_later_version_is_a_permanent_failure_that_changes_nothing()
    {
        await using var rig = new FileStoreRig();
        await rig.OpenAsync();
        await rig.WriteAsync(1, ScriptedCalls.Create(5));
        await rig.Store.DisposeAsync();
        var name = rig.Segments[0];
        var later = rig.Files.Contents[name];
        BinaryPrimitives.WriteUInt16LittleEndian(later.AsSpan(12), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(later.AsSpan(8), Crc32C.Of(later.AsSpan(12, 52)));
        rig.Files.Put(name, later);

        var failure = await Should.ThrowAsync<LlmSinkException>(rig.OpenAsync);
        failure.Failure.ShouldBe(LlmSinkFailure.Permanent);
        failure.Message.ShouldContain("version 2");
        rig.Files.Contents[name].ShouldBe(later);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_a_transient_failure_that_names_it()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var store = new FileLlmStore(new FileLlmStoreOptions { Directory = Path.Combine(file, "calls") });
            var failure = await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));
            failure.Failure.ShouldBe(LlmSinkFailure.Transient);
            failure.Message.ShouldContain(file);
            await Should.ThrowAsync<LlmSinkException>(async () => await store.PrepareAsync(Token));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Disposing_again_and_in_both_ways_is_harmless()
    {
        var rig = new FileStoreRig();
        await rig.OpenAsync();
        await rig.WriteAsync(1, ScriptedCalls.Create(5));
        rig.Store.Dispose();
        rig.Store.Dispose();
        await rig.Store.DisposeAsync();
        await rig.Store.DisposeAsync();
        var unopened = rig.New();
        unopened.Dispose();
        await unopened.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await unopened.PrepareAsync(Token));

        await rig.OpenAsync();
        (await rig.CallsAsync()).Count.ShouldBe(5);
        rig.Log.Events.ShouldAllBe(name => name == "FileStoreOpened", "nothing had to be mended");
        await rig.DisposeAsync();
    }

    private static bool AdvancedUntil(FileStoreRig rig, Task ended)
    {
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        return ended.IsCompleted;
    }
}
