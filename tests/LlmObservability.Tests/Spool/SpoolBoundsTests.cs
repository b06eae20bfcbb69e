using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Spool;

/// <summary>What the spool's bounds do, and what is lost to them.</summary>
public sealed class SpoolBoundsTests
{
    [Theory]
    [InlineData(LlmFullPolicy.DropNewest, LlmDropReason.QueueFull)]
    [InlineData(LlmFullPolicy.DropOldest, LlmDropReason.SpoolFull)]
    [InlineData(LlmFullPolicy.Wait, LlmDropReason.QueueFull)]
    public async Task A_full_spool_drops_by_policy_and_counts_every_record(LlmFullPolicy policy, LlmDropReason reason)
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxSpoolBytes = 1024 * 1024;
            o.MaxQueueItems = 100;
            o.WhenFull = policy;
            o.MaxFullWait = TimeSpan.FromMilliseconds(1);
        }).Start();
        rig.Cut();
        for (var i = 0; i < 400 && !(policy == LlmFullPolicy.DropOldest ? rig.Statistics.Dropped.ContainsKey(reason) : rig.Statistics.Dropped.GetValueOrDefault(reason) > 50); i++)
        {
            await rig.CallAsync(20);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0 || rig.Spool.Failure is not null, "the queue went to disk, or the spool is full");
        }

        rig.Statistics.Dropped.Keys.ShouldContain(reason);
        rig.Spool.Bytes.ShouldBeLessThan(1_300_000);
        rig.Reach();
        await rig.FlushAsync();
        await Eventually.Is(() => rig.Spool.Records == 0, "the spool is empty");
        var statistics = rig.Statistics;
        (rig.Store.Count + statistics.Dropped.Values.Sum()).ShouldBe(rig.Promised.Count, "what is lost is counted, and nothing else");
        (await rig.StoredAsync()).ShouldBeSubsetOf(rig.Promised);
        rig.Log.Events.ShouldContain("Spilling");
        await rig.CallAsync(10);
        await rig.FlushAsync();
        (await rig.StoredAsync()).ShouldContain(rig.Promised[^1]);
    }

    [Fact]
    public async Task What_is_too_old_is_dropped_counted_and_told()
    {
        var time = new ManualTimeProvider();
        await using var rig = new SpoolRig(o => o.MaxSpoolAge = TimeSpan.FromDays(1), time).Start();
        rig.Cut();
        await rig.CallAsync(10);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.Is(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.Spool.Records == 10;
            },
            "they are on disk");
        rig.Kill();
        time.Advance(TimeSpan.FromDays(3));
        rig.Start();
        await rig.CallAsync(5);
        rig.Reach();
        await rig.FlushAsync();
        (await rig.StoredAsync()).Order().ShouldBe(rig.Promised.Skip(10).Order());
        rig.Statistics.Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Expired] = 10 });
        rig.Log.Events.ShouldContain("FirstDrop");
    }

    [Fact]
    public async Task Damage_is_counted_told_once_and_loses_only_what_is_damaged()
    {
        await using var rig = new SpoolRig().Start();
        rig.Cut();
        await rig.CallAsync(50);
        await Eventually.Is(() => rig.Spool.Records == 50, "they are on disk");
        await rig.StopAsync();
        var (name, content) = rig.Files.Contents.Single(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
        content[content.Length / 2] ^= 0x40;
        rig.Files.Put(name, content);
        rig.Reach();
        rig.Start();
        await rig.CallAsync(5);
        await Eventually.Is(() => rig.Spool.Records == 0 && rig.Store.Count > 5, "what can be read is written");
        await rig.FlushAsync();
        rig.Statistics.Dropped.Keys.ShouldBe([LlmDropReason.Unreadable]);
        (rig.Store.Count + rig.Statistics.Dropped[LlmDropReason.Unreadable]).ShouldBe(55);
        rig.Log.Events.Count(name => name == "SpoolQuarantined").ShouldBe(1);
        rig.Spool.Quarantined.ShouldBe(1);
    }

    [Fact]
    public async Task A_directory_that_another_process_has_is_told_and_taken_over_when_that_ends()
    {
        await using var rig = new SpoolRig();
        var held = rig.Files.Lock();
        rig.Start(LlmDurability.WriteAhead);
        await rig.CallAsync(10);
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Log.Events.ShouldContain("SpoolFailing");
        rig.Spool.Failure.ShouldNotBeNull().ShouldContain("/faults");
        held.Dispose();
        await Eventually.Is(() => rig.Spool.Failure is null, "it is taken over");
        await rig.CallAsync(10);
        await rig.FlushAsync();
        rig.Spool.Logged.ShouldBe(10);
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task Failing_fast_tells_of_a_directory_that_another_process_has()
    {
        await using var rig = new SpoolRig();
        using var held = rig.Files.Lock();
        rig.Start();
        (await Should.ThrowAsync<LlmSinkException>(rig.Observer.PrepareAsync(TestContext.Current.CancellationToken))).Message
            .ShouldStartWith("The spool of sink 'gated' cannot be used: ");
    }

    [Fact]
    public async Task While_the_disk_refuses_synchronous_calls_do_not_wait_for_it_and_are_counted()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.CommitTimeout = TimeSpan.FromMinutes(5);
            o.RetryDelay = TimeSpan.FromMinutes(5);
            o.MaxRetryDelay = TimeSpan.FromMinutes(5);
            o.ShutdownTimeout = TimeSpan.FromSeconds(1);
        });
        rig.Files.IsReadOnly = true;
        rig.Start(LlmDurability.WriteAheadSynchronous);
        rig.Gate.BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token);
        await Eventually.Is(() => rig.Spool.Failure is not null, "the disk refuses");
        for (var i = 0; i < 20; i++)
        {
            await rig.CallAsync().WaitAsync(Eventually.Bound, TestContext.Current.CancellationToken);
        }

        rig.Observer.GetStatistics().CommitTimeouts.ShouldBe(20);
    }

    [Fact]
    public async Task A_full_disk_harms_no_call_and_is_left_behind_when_it_has_room()
    {
        await using var rig = new SpoolRig(o => o.MaxQueueItems = 100).Start();
        rig.Files.Room = 20_000;
        rig.Cut();
        for (var i = 0; i < 200 && rig.Statistics.Dropped.Count == 0; i++)
        {
            await rig.CallAsync(20);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0 || rig.Spool.Failure is not null, "the queue went to disk, or the disk is full");
        }

        rig.Statistics.Dropped.Keys.ShouldBe([LlmDropReason.QueueFull]);
        rig.Reach();
        rig.Files.Room = long.MaxValue;
        await rig.FlushAsync();
        await Eventually.Is(() => rig.Spool is { Records: 0, Failure: null }, "it works again");
        (rig.Store.Count + rig.Statistics.Dropped.Values.Sum()).ShouldBe(rig.Promised.Count);
    }
}
