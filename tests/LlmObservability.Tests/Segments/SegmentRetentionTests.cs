using LlmObservability.Segments;

namespace LlmObservability.Tests.Segments;

public class SegmentRetentionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_and_saved_does_not_come_again_and_its_segments_go()
    {
        using var rig = await WrittenAsync(100);
        var before = rig.Log.Usage();
        rig.Log.Acknowledge(60);
        rig.Log.Acknowledge(40);
        rig.Log.Start.ShouldBe(61);
        rig.Log.Save();
        rig.Log.Usage().Segments.ShouldBeLessThan(before.Segments);
        rig.Log.Usage().Bytes.ShouldBeLessThan(before.Bytes);
        rig.Log.Usage().Records.ShouldBe(40);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(60));

        rig.Close();
        rig.Open();
        rig.Log.Start.ShouldBe(61);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(60));
        rig.Log.Acknowledge(100);
        rig.Log.Save();
        rig.Log.Usage().ShouldBe(default(SegmentUsage));
        rig.ReadAll().ShouldBeEmpty();
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_acknowledgement_that_was_not_saved_is_a_replay()
    {
        using var rig = await WrittenAsync(50);
        rig.Log.Acknowledge(20);
        rig.Log.Save();
        rig.Log.Acknowledge(45);
        rig.Close();
        rig.Open();
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(20));
    }

    [Fact]
    public async Task Without_its_state_the_log_starts_with_its_oldest_record_and_says_so()
    {
        using var rig = await WrittenAsync(50);
        var id = rig.Log.LogId;
        rig.Log.Acknowledge(30);
        rig.Log.Save();
        rig.Close();
        rig.Files.Put(SegmentState.Name, new byte[10]);
        rig.Open();
        rig.Log.LogId.ShouldBe(id);
        var read = rig.ReadAll();
        read.Count.ShouldBeInRange(21, 49);
        read.ShouldBe(rig.Given.Values.TakeLast(read.Count));
        rig.Events.ShouldHaveSingleItem().ShouldBeOfType<SegmentEvent.StateLost>();
        await using var writer = rig.Log.OpenWriter();
        writer.FirstPosition.ShouldBeGreaterThan(50);
    }

    [Fact]
    public async Task A_log_that_was_emptied_keeps_its_name_and_gives_out_no_position_again()
    {
        using var rig = await WrittenAsync(50);
        var id = rig.Log.LogId;
        rig.Log.Acknowledge(50);
        rig.Log.Save();
        rig.Close();
        rig.Open();
        rig.Log.LogId.ShouldBe(id);
        await using var writer = rig.Log.OpenWriter();
        writer.FirstPosition.ShouldBeGreaterThan(50);
        rig.Append(writer, 1);
        await writer.FlushAsync(toDisk: false, Token);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(50));
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_bound_in_bytes_drops_the_oldest_segments_and_counts_what_was_not_acknowledged()
    {
        using var rig = await WrittenAsync(200);
        rig.Log.Acknowledge(10);
        var before = rig.Log.Usage();
        var dropped = rig.Log.Trim(before.Bytes / 2, TimeSpan.FromDays(1));

        var after = rig.Log.Usage();
        after.Bytes.ShouldBeLessThanOrEqualTo(before.Bytes / 2);
        dropped.Bytes.ShouldBe(before.Bytes - after.Bytes);
        dropped.Segments.ShouldBe(before.Segments - after.Segments);
        dropped.Unacknowledged.ShouldBe(before.Records - after.Records);
        dropped.Records.ShouldBe(dropped.Unacknowledged + 10);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip((int)dropped.Records));
        rig.Log.Trim(before.Bytes / 2, TimeSpan.FromDays(1)).ShouldBe(default);

        rig.Close();
        rig.Open();
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip((int)dropped.Records));
        rig.Events.ShouldBeEmpty("what a bound dropped is counted there, and is no gap");
    }

    [Fact]
    public async Task The_bound_in_age_drops_what_is_older_and_never_the_segment_being_written()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        await using var writer = rig.Open().OpenWriter();
        for (var hour = 0; hour < 5; hour++)
        {
            rig.Append(writer, 10);
            await writer.FlushAsync(toDisk: false, Token);
            rig.Time.Advance(TimeSpan.FromHours(1));
            await writer.FlushAsync(toDisk: false, Token);
        }

        rig.Log.Usage().Oldest.ShouldBe(rig.Time.GetUtcNow() - TimeSpan.FromHours(5));
        var dropped = rig.Log.Trim(long.MaxValue, TimeSpan.FromHours(2.5));
        dropped.Segments.ShouldBe(2);
        dropped.Records.ShouldBe(20);
        dropped.Unacknowledged.ShouldBe(20);
        rig.Log.Usage().Oldest.ShouldBe(rig.Time.GetUtcNow() - TimeSpan.FromHours(3));
        rig.Log.Trim(0, TimeSpan.Zero).Records.ShouldBe(30);
        rig.Log.Usage().Segments.ShouldBe(1);
        rig.Append(writer, 5);
        await writer.FlushAsync(toDisk: false, Token);
        rig.ReadAll().ShouldBe(rig.Given.Values.Skip(50));
    }

    [Fact]
    public async Task A_reader_inside_a_segment_that_is_dropped_goes_on_behind_it_without_a_gap()
    {
        using var rig = await WrittenAsync(200);
        using var reader = rig.Log.OpenReader();
        reader.TryRead(out _).ShouldBeTrue();
        var dropped = rig.Log.Trim(rig.Log.Usage().Bytes / 2, TimeSpan.FromDays(1));
        rig.Read(reader).ShouldBe(rig.Given.Values.Skip((int)dropped.Records));
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_in_quarantine_counts_and_goes_first()
    {
        using var rig = await WrittenAsync(100);
        rig.Close();
        var (name, content) = rig.Files.Contents.Where(file => file.Key.EndsWith(".seg", StringComparison.Ordinal)).OrderBy(file => file.Key).ElementAt(1);
        content[70] ^= 1;
        rig.Files.Put(name, content);
        rig.Open();
        var read = rig.ReadAll();
        var before = rig.Log.Usage();
        before.Quarantined.ShouldBe(1);
        rig.Log.Trim(before.Bytes, TimeSpan.FromDays(1)).ShouldBe(new SegmentTrim(0, 0, 0, before.QuarantinedBytes));
        rig.Log.Usage().Quarantined.ShouldBe(0);
        rig.ReadAll().ShouldBe(read);
    }

    private static async Task<SegmentRig> WrittenAsync(int records)
    {
        var rig = new SegmentRig(new FaultFiles(), new Random(records));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, records);
        return rig;
    }
}
