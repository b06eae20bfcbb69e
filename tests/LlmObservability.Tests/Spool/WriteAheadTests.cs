using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Spool;

/// <summary>What is logged before it is written.</summary>
public sealed class WriteAheadTests
{
    [Fact]
    public async Task Every_record_is_logged_and_nothing_is_read_back_while_the_sink_keeps_up()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAhead);
        await rig.CallAsync(200);
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Spool.Logged.ShouldBe(200);
        rig.Spool.ReadBack.ShouldBe(0);
        await Eventually.Is(() => rig.Spool.Records == 0, "all is acknowledged");
        rig.Gate.Calls.Select(call => call.Id).ShouldBe(rig.Promised);
    }

    [Fact]
    public async Task A_call_of_the_synchronous_mode_returns_with_its_record_on_disk()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAheadSynchronous);
        rig.Cut();
        for (var i = 0; i < 20; i++)
        {
            await rig.CallAsync();
            // Whatever happens now: the power goes, and the record is there.
            rig.Files = rig.Files.AfterPowerLoss(new Random(i));
            rig.Observer.Dispose();
            rig.Start(LlmDurability.WriteAheadSynchronous);
            await Eventually.Is(() => rig.Spool.Recovered == rig.Promised.Count, "every call is in the log");
        }

        rig.Reach();
        await Eventually.Is(() => rig.Store.Count == 20, "all are stored");
        await rig.EverythingIsStoredOnceAsync();
        rig.Observer.GetStatistics().CommitTimeouts.ShouldBe(0);
    }

    [Fact]
    public async Task After_a_kill_what_was_logged_is_written_once()
    {
        await using var rig = new SpoolRig(o => o.MaxBatchItems = 10).Start(LlmDurability.WriteAhead);
        var writes = 0;
        rig.Gate.BeforeWrite = (_, _) => ++writes > 5 ? throw new LlmSinkException("away") : Task.CompletedTask;
        await rig.CallAsync(100);
        await Eventually.Is(() => rig.Spool.Logged == 100 && rig.Statistics.Retries > 0, "all is logged, a part is written");
        rig.Kill();
        rig.Reach();
        rig.Start(LlmDurability.WriteAhead);
        await Eventually.Is(() => rig.Store.Count == 100, "the rest is written");
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_lag_beyond_memory_is_read_back_and_caught_up_with()
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
        gate.SetResult();
        await rig.FlushAsync();
        rig.Gate.Calls.Select(call => call.Id).ShouldBe(rig.Promised);
        rig.Spool.ReadBack.ShouldBeGreaterThan(300);
        var readBack = rig.Spool.ReadBack;
        await rig.CallAsync(20);
        await rig.FlushAsync();
        rig.Spool.ReadBack.ShouldBe(readBack, "it has caught up");
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_disk_that_fails_harms_no_call_and_no_record_while_the_sink_is_there()
    {
        await using var rig = new SpoolRig().Start(LlmDurability.WriteAhead);
        await rig.CallAsync(10);
        await rig.FlushAsync();
        rig.Files.IsReadOnly = true;
        await rig.CallAsync(200);
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Statistics.Dropped.ShouldBeEmpty();
        await Eventually.Is(() => rig.Spool.Failure is not null, "the failure shows");
        rig.Files.IsReadOnly = false;
        await Eventually.Is(() => rig.Spool.Failure is null, "it works again by itself");
        await rig.CallAsync(10);
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Log.Events.Count(name => name == "SpoolFailing").ShouldBe(rig.Log.Events.Count(name => name == "SpoolWorksAgain"));
    }

    [Fact]
    public async Task A_disk_that_hangs_harms_no_call()
    {
        await using var rig = new SpoolRig(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1)).Start(LlmDurability.WriteAhead);
        await rig.CallAsync(1);
        await rig.FlushAsync();
        using var hang = new ManualResetEventSlim();
        rig.Files.OnFlush = () => hang.Wait(TimeSpan.FromSeconds(30));
        await rig.CallAsync(50);
        await Eventually.Is(() => rig.Store.Count == 51, "the sink gets what the disk does not take");
        await rig.EverythingIsStoredOnceAsync();
        hang.Set();
    }
}
