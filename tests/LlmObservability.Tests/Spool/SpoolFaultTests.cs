using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Spool;

/// <summary>What a disk does to a spool that works otherwise: every record is written once, or counted.</summary>
public sealed class SpoolFaultTests
{
    [Fact]
    public async Task A_segment_that_cannot_be_read_costs_its_own_records_alone_and_they_are_counted()
    {
        await using var rig = new SpoolRig(o => o.MaxSpoolBytes = 1024 * 1024).Start();
        var third = await LeaveAsync(rig, 600, 2);
        rig.Files.Unreadable = third.Name;
        rig.Reach();
        rig.Start();
        await Eventually.Is(() => rig.Spool is { Recovered: 600, Records: 0 }, "what can be read is written");
        rig.Statistics.Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Unreadable] = third.Records });
        ((long)rig.Store.Count).ShouldBe(600 - third.Records);
    }

    [Fact]
    public async Task A_disk_that_refuses_a_read_for_a_while_loses_nothing()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxSpoolBytes = 1024 * 1024;
            o.MaxRetryDelay = TimeSpan.FromSeconds(30);
            o.RetryDelay = TimeSpan.FromMilliseconds(1);
        }).Start();
        rig.Files.Unreadable = (await LeaveAsync(rig, 600, 2)).Name;
        rig.Reach();
        rig.Start();
        await Eventually.Is(() => rig.Spool.Failure is not null, "it is told");
        await Eventually.Is(() => rig.Files.RefusedReads > 3, "it is read again and again");
        rig.Files.Unreadable = null;
        await Eventually.Is(() => rig.Spool is { Records: 0, Failure: null }, "all is written");
        await rig.EverythingIsStoredOnceAsync();
        rig.Log.Events.Count(name => name == "SpoolFailing").ShouldBe(1, "a failure is told once");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Damage_in_the_segment_that_is_being_written_is_counted(bool unreadable)
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxBatchItems = 10;
            o.MaxQueueItems = 50;
        }).Start(LlmDurability.WriteAhead);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Gate.BeforeWrite = (_, _) => gate.Task;
        for (var i = 0; i < 50; i++)
        {
            await rig.CallAsync(10);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0, "the queue went to disk");
        }

        await Eventually.Is(() => rig.Spool.Records == 500, "all is on disk");
        var (name, content) = rig.Files.Contents.Last(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
        if (unreadable)
        {
            rig.Files.Unreadable = name;
        }
        else
        {
            content[content.Length / 2] ^= 0x40;
            rig.Files.Put(name, content);
        }

        gate.SetResult();
        await rig.FlushAsync();
        await rig.CallAsync(20);
        await rig.FlushAsync();
        rig.Statistics.Dropped.Keys.ShouldBe([LlmDropReason.Unreadable]);
        (rig.Store.Count + rig.Statistics.Dropped[LlmDropReason.Unreadable]).ShouldBe(520);
    }

    [Fact]
    public async Task A_full_spool_whose_oldest_give_way_goes_on_to_write()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxSpoolBytes = 1024 * 1024;
            o.WhenFull = LlmFullPolicy.DropOldest;
        }).Start();
        rig.Cut();
        await rig.CallAsync(6_000);
        await Eventually.Is(() => rig.Statistics.QueuedItems == 0, "the oldest gave way to the newest");
        rig.Statistics.Dropped.Keys.ShouldBe([LlmDropReason.SpoolFull]);
        rig.Reach();
        await rig.FlushAsync();
        (rig.Store.Count + rig.Statistics.Dropped.Values.Sum()).ShouldBe(6_000);
        (await rig.StoredAsync()).ShouldContain(rig.Promised[^1]);
    }

    [Fact]
    public async Task What_the_log_has_no_memory_for_is_counted_too_when_the_pipeline_ends()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.ShutdownTimeout = TimeSpan.FromSeconds(1);
            o.MaxQueueItems = 200_000;
            o.MaxQueueBytes = 32 * 1024 * 1024;
        }).Start(LlmDurability.WriteAhead);
        await rig.CallAsync(1);
        await rig.FlushAsync();
        using var hang = new ManualResetEventSlim();
        rig.Cut();
        rig.Files.OnFlush = () => hang.Wait(TimeSpan.FromSeconds(60));
        // More than the log's memory holds while the disk takes nothing.
        await rig.CallAsync(60_000);
        await rig.StopAsync();
        var statistics = rig.Statistics;
        hang.Set();
        (statistics.Written + statistics.Dropped.Values.Sum()).ShouldBe(60_001);
    }

    [Fact]
    public async Task A_log_that_opens_after_the_pipeline_has_ended_is_let_go_of()
    {
        await using var rig = new SpoolRig(o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        using var hang = new ManualResetEventSlim();
        using var opening = new ManualResetEventSlim();
        rig.Files.OnFlush = () =>
        {
            opening.Set();
            hang.Wait(TimeSpan.FromSeconds(60));
        };
        rig.Start();
        opening.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ShouldBeTrue();
        await rig.StopAsync();
        hang.Set();
        await Eventually.Is(() => IsFree(rig), "the next process may have the directory");
    }

    [Fact]
    public async Task A_note_of_what_was_acknowledged_that_cannot_be_made_is_told_once_and_holds_up_nothing()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAhead);
        await rig.CallAsync(1);
        await rig.FlushAsync();
        rig.Files.RefusesStateWrites = true;
        await rig.CallAsync(1);
        await Eventually.Is(() => rig.Spool.Failure is not null, "it is told");
        for (var i = 0; i < 100; i++)
        {
            await rig.CallAsync(1);
            await rig.FlushAsync();
        }

        rig.Spool.Logged.ShouldBe(102, "records are logged as before");
        rig.Spool.Failure.ShouldNotBeNull();
        rig.Log.Events.Count(name => name == "SpoolFailing").ShouldBe(1);
        rig.Files.RefusesStateWrites = false;
        await Eventually.Is(() => rig.Spool is { Failure: null, Records: 0 }, "it works again");
        rig.Log.Events.Count(name => name == "SpoolWorksAgain").ShouldBe(1);
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_sink_that_blocks_its_thread_costs_no_record_and_does_not_hold_up_the_end()
    {
        var rig = new SpoolRig(o =>
        {
            o.ShutdownTimeout = TimeSpan.FromSeconds(4);
            o.SpillAfter = TimeSpan.FromMinutes(1);
        });
        using var hang = new ManualResetEventSlim();
        using var closing = new ManualResetEventSlim();
        await using (rig)
        {
            rig.Start();
            rig.Gate.BeforeWrite = (_, _) =>
            {
                hang.Wait(Eventually.Bound * 3, CancellationToken.None);
                throw new LlmSinkException("It gave up.");
            };
            await rig.CallAsync(100);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0, "the write is under way");
            // What is written at the end waits for the disk, but not for long.
            rig.Files.OnFlush = () => closing.Wait(Eventually.Bound);
            var stopping = rig.StopAsync();
            closing.Set();
            await stopping.WaitAsync(Eventually.Bound, TestContext.Current.CancellationToken);
            rig.Observer.GetStatistics().Dropped.ShouldBe(0);
            rig.Reach();
            hang.Set();
            rig.Start();
            await Eventually.Is(() => rig.Store.Count == 100, "the next process writes them");
            await rig.EverythingIsStoredOnceAsync();
        }
    }

    [Fact]
    public async Task What_JSON_has_no_form_for_goes_through_the_log_and_costs_no_other()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAhead);
        await rig.CallAsync(1);
        var call = rig.Promised[0];
        foreach (var value in new[] { double.NaN, double.PositiveInfinity, 1 })
        {
            rig.Observer.Amend(new LlmAmendment
            {
                CallId = call,
                CallStartedAt = DateTimeOffset.UtcNow,
                Id = Guid.NewGuid(),
                CreatedAt = DateTimeOffset.UtcNow,
                Kind = "feedback",
                Name = "a\ud800b\0",
                Score = value,
            });
        }

        await rig.CallAsync(1);
        await rig.FlushAsync();
        (rig.Statistics.Written + rig.Statistics.Dropped.Values.Sum()).ShouldBe(rig.Statistics.Accepted);
        rig.Log.Events.ShouldNotContain("RecorderFailed");
    }

    [Fact]
    public async Task What_expired_is_counted_once()
    {
        var time = new ManualTimeProvider();
        await using var rig = new SpoolRig(o => o.MaxSpoolAge = TimeSpan.FromDays(1), time).Start();
        rig.Cut();
        await SpillAsync(rig, time, 10);
        time.Leap(TimeSpan.FromHours(20));
        await SpillAsync(rig, time, 20);
        rig.Kill();
        time.Leap(TimeSpan.FromHours(5));
        rig.Start();
        await Eventually.Is(() => rig.Statistics.Dropped.GetValueOrDefault(LlmDropReason.Expired) == 10, "half of it is too old");
        time.Leap(TimeSpan.FromHours(25));
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.Spool.Records == 0;
            },
            "the other half is too old on disk");
        rig.Reach();
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.Store.Count == 10;
            },
            "what was under way gets there");
        rig.Statistics.Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Expired] = 10 });
    }

    [Fact]
    public async Task A_call_that_waits_for_the_disk_is_not_let_go_by_a_later_one_that_went_ahead()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxSpoolBytes = 1024 * 1024;
            o.CommitTimeout = TimeSpan.FromMinutes(1);
            o.RetryDelay = TimeSpan.FromSeconds(1);
            o.MaxRetryDelay = TimeSpan.FromMinutes(1);
            o.ShutdownTimeout = TimeSpan.FromSeconds(1);
        }).Start();
        rig.Files.Unreadable = (await LeaveAsync(rig, 600, 0)).Name;
        rig.Reach();
        rig.Start(LlmDurability.WriteAheadSynchronous);
        await Eventually.Is(() => rig.Spool.Failure is not null, "what is left cannot be read");
        rig.Files.FailingFlushes = int.MaxValue;
        var early = rig.CallAsync();
        await Eventually.Is(() => rig.Files.FailingFlushes <= int.MaxValue - 2, "nothing gets to disk either");
        await rig.CallAsync();
        var left = rig.Files.FailingFlushes;
        await Eventually.Is(() => rig.Files.FailingFlushes < left, "the disk is tried again");
        early.IsCompleted.ShouldBeFalse("its record is nowhere but in memory");
        rig.Store.Count.ShouldBe(1);
        rig.Files.FailingFlushes = 0;
        await early;
        rig.Files.Unreadable = null;
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
    }

    private static bool IsFree(SpoolRig rig)
    {
        try
        {
            rig.Files.Lock().Dispose();
            return true;
        }
        catch (LlmObservability.Segments.SegmentsLockedException)
        {
            return false;
        }
    }

    private static async Task SpillAsync(SpoolRig rig, ManualTimeProvider time, int records)
    {
        await rig.CallAsync(10);
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.Spool.Records == records;
            },
            "they are on disk");
    }

    /// <summary>Leaves records in the spool, and tells which segment is at a place, and how many it holds.</summary>
    private static async Task<(string Name, long Records)> LeaveAsync(SpoolRig rig, int count, int at)
    {
        rig.Cut();
        await rig.CallAsync(count);
        await Eventually.Is(() => rig.Spool.Records == count, "they are on disk");
        await rig.StopAsync();
        var names = rig.Files.Contents.Keys.Where(name => name.EndsWith(".seg", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        names.Count.ShouldBeGreaterThan(at + 1);
        return (names[at], FirstOf(names[at + 1]) - FirstOf(names[at]));
    }

    private static long FirstOf(string name) =>
        LlmObservability.Segments.SegmentName.TryParse(name, out var parsed, out _) ? parsed.First : throw new FormatException(name);
}
