using LlmObservability.Sinks;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Spool;

/// <summary>What happens in an outage when records may go to disk.</summary>
public sealed class SpillTests
{
    [Fact]
    public async Task While_the_sink_is_healthy_nothing_goes_to_disk()
    {
        await using var rig = new SpoolRig().Start();
        await rig.CallAsync(50);
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Spool.Logged.ShouldBe(0);
        rig.Spool.Durability.ShouldBe(LlmDurability.Spill);
        rig.Spool.Records.ShouldBe(0);
    }

    [Fact]
    public async Task An_outage_longer_than_memory_loses_nothing_and_is_replayed_in_order()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.MaxQueueItems = 20;
            o.MaxBatchItems = 10;
        }).Start();
        rig.Cut();
        for (var i = 0; i < 40; i++)
        {
            await rig.CallAsync(10);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0, "the queue went to disk");
        }

        rig.Spool.Logged.ShouldBe(400);
        rig.Spool.Records.ShouldBe(400);
        rig.Log.Events.ShouldContain("Spilling");
        rig.Reach();
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Gate.Calls.Select(call => call.Id).ShouldBe(rig.Promised);
        rig.Statistics.Dropped.ShouldBeEmpty();
        rig.Statistics.Written.ShouldBe(400);
        rig.Spool.ReadBack.ShouldBeGreaterThan(0);
        await Eventually.Is(() => rig.Spool.Records == 0 && rig.Log.Events.Contains("SpillingEnded"), "the spool is empty");

        // And it is as healthy as before.
        var logged = rig.Spool.Logged;
        await rig.CallAsync(5);
        await rig.FlushAsync();
        rig.Spool.Logged.ShouldBe(logged);
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_batch_that_was_committed_without_an_answer_is_spilled_and_written_once()
    {
        await using var rig = new SpoolRig().Start();
        await rig.CallAsync(3);
        await rig.FlushAsync();
        var committed = 0;
        rig.Gate.BeforeWrite = async (batch, token) =>
        {
            if (committed++ == 0)
            {
                await rig.Store.WriteAsync(batch, token);
            }

            throw new LlmSinkException("The answer to the commit is lost.");
        };
        await rig.CallAsync(7);
        await Eventually.Is(() => rig.Spool.Records >= 7, "the batch is on disk");
        rig.Kill();
        rig.Reach();
        rig.Start();
        await Eventually.Is(() => rig.Statistics.AlreadyWritten + rig.Statistics.Written >= 7, "the spool is written");
        rig.Statistics.AlreadyWritten.ShouldBeGreaterThan(0);
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_written_by_the_next_one()
    {
        await using var rig = new SpoolRig().Start();
        rig.Cut();
        await rig.CallAsync(100);
        await Eventually.Is(() => rig.Spool.Records == 100, "all is on disk");
        rig.Kill();
        rig.Reach();
        rig.Start();
        await rig.CallAsync(10);
        await Eventually.Is(() => rig.Store.Count == 110, "old and new are stored");
        rig.Spool.Recovered.ShouldBe(100);
        rig.Log.Events.ShouldContain("SpoolRecovers");
        await rig.EverythingIsStoredOnceAsync();
        await Eventually.Is(() => rig.Spool.Records == 0, "nothing is left");
    }

    [Fact]
    public async Task A_stop_in_an_outage_leaves_everything_on_disk_and_says_so()
    {
        await using var rig = new SpoolRig(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30)).Start();
        rig.Cut();
        await rig.CallAsync(100);
        await rig.StopAsync();
        rig.Log.Events.ShouldContain("SpoolLeft");
        rig.Log.Events.ShouldNotContain("ShutdownDropped");
        rig.Observer.GetStatistics().Dropped.ShouldBe(0);
        rig.Reach();
        rig.Start();
        await Eventually.Is(() => rig.Store.Count == 100, "the next process writes them");
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_stop_while_the_sink_hangs_leaves_everything_on_disk_within_the_budget()
    {
        await using var rig = new SpoolRig(o =>
        {
            o.ShutdownTimeout = TimeSpan.FromSeconds(2);
            o.SpillAfter = TimeSpan.FromMinutes(1);
        }).Start();
        rig.Gate.BeforeWrite = (_, token) => Task.Delay(Timeout.Infinite, token);
        await rig.CallAsync(100);
        await rig.StopAsync();
        rig.Observer.GetStatistics().Dropped.ShouldBe(0);
        rig.Reach();
        rig.Start();
        await Eventually.Is(() => rig.Store.Count == 100, "the next process writes them");
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task A_sink_that_lags_is_spilled_past()
    {
        await using var rig = new SpoolRig(o => o.SpillAfter = TimeSpan.FromMilliseconds(10)).Start();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Gate.BeforeWrite = (_, _) => gate.Task;
        await rig.CallAsync(10);
        await Eventually.Is(() => rig.Spool.Records == 10, "what the slow write holds is on disk too");
        gate.SetResult();
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
        rig.Statistics.Written.ShouldBe(10);
    }

    [Fact]
    public async Task A_sink_that_is_not_there_at_the_start_loses_nothing()
    {
        await using var rig = new SpoolRig(o => o.MaxQueueItems = 50);
        rig.Gate.OnPrepare = _ => throw new LlmSinkException("not yet");
        rig.Start();
        for (var i = 0; i < 10; i++)
        {
            await rig.CallAsync(20);
            await Eventually.Is(() => rig.Statistics.QueuedItems == 0, "the queue went to disk");
        }

        rig.Gate.OnPrepare = _ => Task.CompletedTask;
        await rig.FlushAsync();
        await rig.EverythingIsStoredOnceAsync();
    }

    [Fact]
    public async Task What_is_refused_for_good_is_put_aside()
    {
        var folder = Directory.CreateTempSubdirectory("llm-aside-");
        try
        {
            await using var rig = new SpoolRig(o => o.Directory = Path.Combine(folder.FullName, "new")).Start();
            var poison = Guid.Empty;
            rig.Gate.BeforeWrite = (batch, _) => batch.Envelopes.Any(envelope => envelope.CallId == poison)
                ? throw new LlmSinkException(LlmSinkFailure.Poison, "No store takes this.")
                : Task.CompletedTask;
            await rig.CallAsync(5);
            await rig.FlushAsync();
            rig.Cut();
            await rig.CallAsync(5);
            await Eventually.Is(() => rig.Spool.Records == 5, "all is on disk");
            poison = rig.Promised[7];
            rig.Gate.BeforeWrite = (batch, _) => batch.Envelopes.Any(envelope => envelope.CallId == poison)
                ? throw new LlmSinkException(LlmSinkFailure.Poison, "No store takes this.")
                : Task.CompletedTask;
            await rig.FlushAsync();
            rig.Promised.Remove(poison);
            await rig.EverythingIsStoredOnceAsync();
            rig.Statistics.Dropped.ShouldBe(new Dictionary<LlmDropReason, long> { [LlmDropReason.Poison] = 1 });
            rig.Spool.PutAside.ShouldBe(1);
            var line = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "new", "gated.aside.jsonl"), TestContext.Current.CancellationToken);
            line.ShouldContain($"\"{poison}\"");
            line.ShouldContain("\"reason\":\"poison\",\"failure\":\"No store takes this.\"");
            line.ShouldEndWith("}}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(Path.Combine(folder.FullName, "new")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                File.GetUnixFileMode(Path.Combine(folder.FullName, "new", "gated.aside.jsonl")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
