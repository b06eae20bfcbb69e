using LlmObservability.Segments;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Segments;

public class SegmentCorruptionTests
{
    private const int Samples = 25;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happens_to_the_files_no_wrong_record_is_read_and_none_ahead_of_the_damage_is_lost()
    {
        var samples = new List<SampleLog>();
        for (var seed = 0; seed < Samples; seed++)
        {
            samples.Add(await SampleLog.WriteAsync(seed, Token));
        }

        var quarantined = 0;
        for (var seed = 0; seed < Shares.Corruptions; seed++)
        {
            try
            {
                quarantined += await CheckAsync(samples[seed % Samples], new Random(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }

        quarantined.ShouldBeGreaterThan(Shares.Corruptions / 10, "the corruptions hit something");
    }

    private static async Task<int> CheckAsync(SampleLog sample, Random random)
    {
        var files = sample.Files.ToDictionary();
        new Corruption(random).Apply(files);
        using var rig = new SegmentRig(new FaultFiles(files), random);
        foreach (var (position, record) in sample.Given)
        {
            rig.Given.Add(position, record);
        }

        // What is left must be the same in a first reading, which finds the damage, after it, and when the log is opened anew.
        rig.Open();
        var read = rig.ReadAll();
        var missing = Expected(sample, files).Except(read.Select(record => record.Position)).ToArray();
        missing.ShouldBeEmpty("records ahead of any damage are lost");
        rig.ReadAll().ShouldBe(read);
        var events = rig.Events;
        // What is put aside no longer hides the superseded end of the one before: each opening may find one more, and no more than that.
        for (var (openings, quiet) = (0, false); !quiet; openings++)
        {
            openings.ShouldBeLessThanOrEqualTo(sample.Files.Count, "damage is dealt with once");
            rig.Close();
            rig.ForgetEvents();
            rig.Open();
            // A state that lost its last bytes is valid again once they are zero: what it says is acknowledged is left out then.
            read.RemoveAll(record => record.Position < rig.Log.Start);
            rig.ReadAll().ShouldBe(read);
            quiet = !Array.Exists(rig.Events, happened => happened is SegmentEvent.Quarantined or SegmentEvent.Cut);
        }

        // And the log goes on.
        await using (var writer = rig.Log.OpenWriter())
        {
            if (files.TryGetValue(SegmentState.Name, out var state) && state.AsSpan().SequenceEqual(sample.Files[SegmentState.Name]))
            {
                writer.FirstPosition.ShouldBeGreaterThan(sample.Given.Keys.Max(), "no position is given out twice");
            }
            else
            {
                // Without the state and the files that had them, positions start over, in a log of another name.
                Forget(rig, writer.FirstPosition);
            }

            rig.Append(writer, 5);
        }

        rig.ReadAll().TakeLast(5).ShouldBe(rig.Given.Values.TakeLast(5));
        return events.OfType<SegmentEvent.Quarantined>().Count();
    }

    /// <summary>The positions whose record, and everything before it in its segment, is as it was written.</summary>
    private static IEnumerable<long> Expected(SampleLog sample, Dictionary<string, byte[]> files)
    {
        var intact = sample.Files.ToDictionary(file => file.Key, file => files.TryGetValue(file.Key, out var now) ? file.Value.AsSpan().CommonPrefixLength(now) : 0);
        return sample.Places.Where(place => place.EndOffset <= intact[place.File]).Select(place => place.Position);
    }

    private static void Forget(SegmentRig rig, long from)
    {
        foreach (var position in rig.Given.Keys.Where(position => position >= from).ToArray())
        {
            rig.Given.Remove(position);
        }
    }

    [Fact]
    public async Task A_damaged_segment_is_put_aside_once_with_its_evidence_and_its_loss_is_counted()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            rig.Append(writer, 100, bytes: 200);
        }

        rig.Close();
        var (name, content) = rig.Files.Contents.Where(file => file.Key.EndsWith(".seg", StringComparison.Ordinal)).OrderBy(file => file.Key).ElementAt(1);
        content[^1] ^= 1;
        rig.Files.Put(name, content);

        rig.Open();
        var read = rig.ReadAll();
        var gone = rig.Given.Keys.Except(read.Select(record => record.Position)).ShouldHaveSingleItem();
        rig.Events.Length.ShouldBe(2);
        var put = rig.Events[0].ShouldBeOfType<SegmentEvent.Quarantined>();
        put.Position.ShouldBe(gone);
        put.File.ShouldBe(name);
        rig.Events[1].ShouldBe(new SegmentEvent.Gap(gone, gone + 1));
        rig.Files.Contents[put.Aside.ShouldNotBeNull()].ShouldBe(content);
        rig.Log.Usage().Quarantined.ShouldBe(1);
        rig.Log.Usage().QuarantinedBytes.ShouldBe(content.Length);
        rig.Close();
        rig.Open();
        rig.ReadAll().ShouldBe(read);
        rig.Log.Usage().Quarantined.ShouldBe(1);
    }

    [Fact]
    public async Task Without_room_for_the_evidence_the_rest_is_still_read()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            rig.Append(writer, 100, bytes: 200);
        }

        rig.Close();
        var (name, content) = rig.Files.Contents.Where(file => file.Key.EndsWith(".seg", StringComparison.Ordinal)).OrderBy(file => file.Key).ElementAt(1);
        content[^1] ^= 1;
        rig.Files.Put(name, content);
        rig.Open();
        rig.Files.Room = 10;

        rig.ReadAll().Count.ShouldBe(99);
        rig.Files.Contents[name].ShouldBe(content);
        rig.Events.OfType<SegmentEvent.Quarantined>().ShouldHaveSingleItem().Aside.ShouldBeNull();
        rig.Files.Contents[name].ShouldBe(content);
        rig.ReadAll().Count.ShouldBe(99);
        rig.Files.Contents[name].ShouldBe(content);
        rig.Events.OfType<SegmentEvent.Quarantined>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_missing_segment_is_told_as_a_gap()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            rig.Append(writer, 100, bytes: 200);
        }

        using var reader = rig.Log.OpenReader();
        rig.Files.Delete(rig.Log.Catalog.Snapshot()[1].File);
        var read = rig.Read(reader);
        rig.ShouldBeWritten(read);
        var gap = rig.Events.ShouldHaveSingleItem().ShouldBeOfType<SegmentEvent.Gap>();
        gap.Records.ShouldBe(100 - read.Count);
        rig.Given.Keys.Except(read.Select(record => record.Position)).ShouldBe(Enumerable.Range((int)gap.From, (int)gap.Records).Select(i => (long)i));
    }

    [Fact]
    public async Task Damage_to_what_was_on_disk_is_told_from_a_torn_tail_by_a_later_mark()
    {
        foreach (var marked in new[] { true, false })
        {
            using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
            var writer = rig.Open().OpenWriter();
            rig.Append(writer, 20);
            await writer.FlushAsync(toDisk: true, Token);
            if (marked)
            {
                await writer.DisposeAsync();
                rig.Close();
            }

            rig.Files.Kill();
            var (name, content) = rig.Files.Contents.Single(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
            content[content.Length / 2] ^= 1;
            rig.Files.Put(name, content);

            rig.Open();
            var read = rig.ReadAll();
            read.Count.ShouldBeLessThan(20);
            read.ShouldBe(rig.Given.Values.Take(read.Count));
            if (marked)
            {
                rig.Events.ShouldHaveSingleItem().ShouldBeOfType<SegmentEvent.Quarantined>();
                await using var next = rig.Log.OpenWriter();
                rig.ReadAll().ShouldBe(read);
                rig.Events[^1].ShouldBe(new SegmentEvent.Gap(read.Count + 1, 21), "the mark told where the log ended");
            }
            else
            {
                rig.Events.ShouldHaveSingleItem().ShouldBeOfType<SegmentEvent.Cut>().Position.ShouldBe(read.Count + 1);
            }
        }
    }

    [Fact]
    public async Task Damage_in_the_segment_being_written_costs_nothing_that_is_not_confirmed()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: false, Token);
        var (name, content) = rig.Files.Contents.Single(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
        content[SegmentFormat.HeaderBytes + 4] ^= 1;
        rig.Files.Put(name, content);

        using var reader = rig.Log.OpenReader();
        reader.TryRead(out _).ShouldBeFalse();
        reader.WaitToReadAsync(Token).IsCompleted.ShouldBeFalse("there is nothing to do until the writer has left the segment");
        rig.Append(writer, 10);
        await writer.FlushAsync(toDisk: true, Token);
        await reader.WaitToReadAsync(Token).WaitAsync(Eventually.Bound, Token);
        rig.Read(reader).ShouldBe(rig.Given.Values.Skip(10));
        rig.Events.Length.ShouldBe(3);
        rig.Events.OfType<SegmentEvent.Rewritten>().ShouldHaveSingleItem().Position.ShouldBe(11);
        rig.Events.OfType<SegmentEvent.Quarantined>().ShouldHaveSingleItem().Position.ShouldBe(1);
        rig.Events.OfType<SegmentEvent.Gap>().ShouldHaveSingleItem().Records.ShouldBe(10);
    }
}
