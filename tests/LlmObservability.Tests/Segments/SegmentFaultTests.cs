using LlmObservability.Segments;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Segments;

public class SegmentFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_full_disk_records_wait_in_memory_up_to_its_bound_and_go_on_when_there_is_room()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = SegmentRig.Small with { MaxBufferedBytes = 64 * 1024 } };
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Files.Room = 100;

        var refused = 0;
        for (var i = 0; i < 1000; i++)
        {
            refused += rig.Append(writer, 1, new byte[500]) == AppendOutcome.Full ? 1 : 0;
            if (i % 10 == 0)
            {
                await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
            }
        }

        refused.ShouldBeInRange(800, 950, "what fits into memory is kept");
        writer.BufferedBytes.ShouldBeLessThanOrEqualTo(rig.Options.MaxBufferedBytes);
        writer.DurablePosition.ShouldBe(10);
        rig.ReadAll().Count.ShouldBeLessThanOrEqualTo(rig.Given.Count);
        rig.Files.Contents.Count.ShouldBeLessThan(6, "attempts leave no files behind");

        rig.Files.Room = long.MaxValue;
        await writer.FlushAsync(toDisk: true, Token);
        writer.DurablePosition.ShouldBe(writer.LastPosition);
        writer.BufferedBytes.ShouldBe(0);
        rig.ReadAll().ShouldBe(rig.All);
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_full_disk_can_be_cleared_by_acknowledging()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 100);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Files.Room = 0;
        rig.Append(writer, 10);
        await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));

        rig.Log.Acknowledge(100);
        rig.Log.Save();
        await writer.FlushAsync(toDisk: true, Token);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(100));
    }

    [Fact]
    public async Task What_a_new_segment_should_have_taken_over_and_could_not_is_left_out_for_who_wants_certainty()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        var writer = rig.Open().OpenWriter();
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Append(writer, 10, 500);
        rig.Files.FailingFlushes = 1;
        await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
        rig.Files.Room = 2_000;
        await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
        rig.Close();
        rig.Files.Kill();
        rig.Files.Room = long.MaxValue;

        await rig.Open().OpenWriter().CloseAsync(Token);
        rig.ReadAll().ShouldBe(rig.All, "as long as the power is there, all can be read");
        using var certain = rig.Log.OpenReader(onlyToEnds: true);
        var read = rig.Read(certain);
        read.Count.ShouldBeInRange(11, 19, "a part of what waited came to the new segment");
        rig.Close();
        rig.Files = rig.Files.AfterPowerLoss(new Random(1));
        rig.Open();
        rig.ReadAll().Take(read.Count).ShouldBe(read);
    }

    [Fact]
    public async Task After_a_flush_that_failed_the_records_stand_in_a_new_segment()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Append(writer, 10);
        rig.Files.FailingFlushes = 1;
        await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
        writer.DurablePosition.ShouldBe(10);
        rig.ReadAll().ShouldBe(rig.All, "what is written can be read before it is durable");

        await writer.FlushAsync(toDisk: true, Token);
        writer.DurablePosition.ShouldBe(20);
        rig.Log.Usage().Segments.ShouldBe(2);
        rig.Log.Usage().Records.ShouldBe(20);
        rig.ReadAll().ShouldBe(rig.All);
        var rewritten = rig.Events.ShouldHaveSingleItem().ShouldBeOfType<SegmentEvent.Rewritten>();
        rewritten.Position.ShouldBe(11);
        rewritten.Failure.ShouldBeOfType<IOException>();

        // The operating system forgot what the failed flush should have brought to disk; the log did not trust it.
        var found = rig.Files.AfterPowerLoss(new Random(2));
        using var after = new SegmentRig(found, new Random(3));
        foreach (var (position, record) in rig.Given)
        {
            after.Given.Add(position, record);
        }

        after.Open();
        after.ReadAll().ShouldBe(rig.All);
    }

    [Fact]
    public async Task Flushes_that_keep_failing_leave_no_files_behind()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 20);
        for (var i = 0; i < 50; i++)
        {
            rig.Files.FailingFlushes = 1 + (i % 3);
            rig.Append(writer, 1, [1]);
            await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
        }

        rig.Files.FailingFlushes = 0;
        rig.Files.Contents.Count.ShouldBeLessThan(8);
        await writer.FlushAsync(toDisk: true, Token);
        rig.ReadAll().ShouldBe(rig.All);
    }

    [Fact]
    public async Task A_slow_flush_stops_nobody_who_appends_or_reads()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 5);
        await writer.FlushAsync(toDisk: false, Token);
        gate.Reset();
        rig.Files.OnFlush = () => gate.Wait(Eventually.Bound);
        var slow = writer.FlushAsync(toDisk: true, Token);
        using var cancel = new CancellationTokenSource();
        var impatient = writer.FlushAsync(toDisk: true, cancel.Token);
        rig.Append(writer, 5);
        rig.ReadAll().Count.ShouldBe(5);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => impatient);
        slow.IsCompleted.ShouldBeFalse();

        gate.Set();
        await slow;
        await writer.FlushAsync(toDisk: true, Token);
        writer.DurablePosition.ShouldBe(10);
    }

    [Fact]
    public async Task A_directory_that_turns_read_only_costs_nothing_once_it_can_be_written_again()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 5);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Files.IsReadOnly = true;
        rig.Append(writer, 50);
        for (var i = 0; i < 3; i++)
        {
            await Should.ThrowAsync<IOException>(() => writer.FlushAsync(toDisk: true, Token));
        }

        Should.Throw<IOException>(() =>
        {
            rig.Log.Acknowledge(1);
            rig.Log.Save();
        });
        rig.Files.IsReadOnly = false;
        await writer.FlushAsync(toDisk: true, Token);
        rig.Log.Save();
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(1));
    }

    [Fact]
    public async Task What_cannot_be_brought_to_disk_when_closing_is_told()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        var writer = rig.Open().OpenWriter();
        rig.Append(writer, 5);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Append(writer, 7);
        rig.Files.IsReadOnly = true;
        (await writer.CloseAsync(Token)).ShouldBe(7);
        rig.ReadAll().ShouldBe(rig.Given.Values.Take(5));
    }

    [Fact]
    public async Task A_writer_that_cannot_begin_can_be_opened_later()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        rig.Open();
        rig.Files.FailingFlushes = 1;
        Should.Throw<IOException>(() => rig.Log.OpenWriter());
        rig.Files.Room = 10;
        Should.Throw<IOException>(() => rig.Log.OpenWriter());
        rig.Files.Contents.Keys.ShouldBe([SegmentState.Name]);
        rig.Files.Room = long.MaxValue;
        await using var writer = rig.Log.OpenWriter();
        rig.Append(writer, 3);
        await writer.FlushAsync(toDisk: true, Token);
        rig.ReadAll().ShouldBe(rig.All);
    }
}
