using System.Buffers.Binary;
using System.Text;
using LlmObservability.Segments;

namespace LlmObservability.Tests.Segments;

public class SegmentFormatTests
{
    private static readonly Guid LogId = new("0194f1d2-0000-7000-8000-000000000001");

    [Theory]
    [InlineData(5L, 9L, 4L)]
    [InlineData(5L, 4_294_967_304L, 7L)]
    [InlineData(4_294_967_300L, 12_884_901_889L, 0L)]
    public void A_gap_counts_records_and_no_leap(long from, long until, long records) =>
        new SegmentEvent.Gap(from, until).Records.ShouldBe(records);

    [Fact]
    public void The_checksum_is_CRC_32C()
    {
        Crc32C.Of(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283);
        Crc32C.Of(new byte[32]).ShouldBe(0x8A9136AA);
        Crc32C.Finish(Crc32C.Update(Crc32C.Update(Crc32C.Start, Encoding.ASCII.GetBytes("1234")), Encoding.ASCII.GetBytes("56789"))).ShouldBe(0xE3069283);
    }

    [Fact]
    public void A_segment_has_the_bytes_that_the_format_describes()
    {
        var header = new SegmentHeader(LogId, new SegmentName(7, 0x1_0000_0003), 3, DateTimeOffset.UnixEpoch.AddTicks(12_345_670));
        var bytes = new byte[SegmentFormat.HeaderBytes];
        header.Write(bytes);
        Convert.ToHexString(bytes).ShouldBe(
            "4C4C4D5345470D0A" + Hex(Crc32C.Of(bytes.AsSpan(12))) + "0100" + "4000" + Convert.ToHexString(LogId.ToByteArray()) +
            "0300000001000000" + "0300000000000000" + "87D6120000000000" + "07000000" + "00000000");
        SegmentHeader.Read(bytes, out _).ShouldBe(header);
        header.Name.ToString().ShouldBe("00000007-0000000100000003.seg");

        var record = new byte[SegmentFormat.RecordHeaderBytes + 3];
        SegmentFormat.WriteRecord(record, SegmentFormat.Digest(SegmentFormat.Seed(LogId), 5, "abc"u8), 5, 9, "abc"u8);
        byte[] summed = [.. LogId.ToByteArray(), 3, 0, 0, 0, 5, .. "abc"u8, 9, 0, 0, 0, 0, 0, 0, 0];
        Convert.ToHexString(record).ShouldBe("03000000" + Hex(Crc32C.Of(summed)) + "05" + "616263");

        static string Hex(uint value)
        {
            var target = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(target, value);
            return Convert.ToHexString(target);
        }
    }

    [Fact]
    public void Any_byte_of_a_header_changed_makes_it_none()
    {
        var bytes = new byte[SegmentFormat.HeaderBytes];
        new SegmentHeader(LogId, new SegmentName(1, 1), 1, DateTimeOffset.UnixEpoch).Write(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x10;
            SegmentHeader.Read(changed, out _).ShouldBeNull($"byte {i}");
            SegmentHeader.Read(bytes.AsSpan(0, i), out _).ShouldBeNull($"{i} bytes");
        }
    }

    [Theory]
    [InlineData("00000001-0000000000000001.seg", false)]
    [InlineData("ffffffff-4000000000000000.seg", false)]
    [InlineData("00000001-0000000000000001.00000040.quarantined", true)]
    public void Names_are_read_back(string file, bool quarantined)
    {
        SegmentName.TryParse(file, out var name, out var found).ShouldBeTrue();
        found.ShouldBe(quarantined);
        (quarantined ? name.Quarantined(0x40) : name.ToString()).ShouldBe(file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("log.state")]
    [InlineData("00000001-0000000000000000.seg")]
    [InlineData("00000001-4000000000000001.seg")]
    [InlineData("00000001-ffffffffffffffff.seg")]
    [InlineData("00000001-000000000000000A.seg")]
    [InlineData("00000001-0000000000000001.seg~")]
    [InlineData("00000001-0000000000000001quarantined")]
    [InlineData("00000001-000.quarantined")]
    [InlineData("+0000001-0000000000000001.seg")]
    public void Other_names_are_nobodys(string file) => SegmentName.TryParse(file, out _, out _).ShouldBeFalse();

    [Fact]
    public async Task Records_of_the_logs_own_that_a_reader_does_not_know_are_skipped()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            rig.Append(writer, 3, bytes: 10);
        }

        var (name, content) = rig.Files.Contents.Single(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
        var stranger = new byte[SegmentFormat.RecordHeaderBytes + 4];
        SegmentFormat.WriteRecord(stranger, SegmentFormat.Digest(rig.Log.Seed, 250, "what"u8), 250, 1, "what"u8);
        rig.Close();
        rig.Files.Put(name, [.. content.AsSpan(0, SegmentFormat.HeaderBytes), .. stranger, .. content.AsSpan(SegmentFormat.HeaderBytes)]);

        rig.Open();
        rig.ReadAll().ShouldBe(rig.All);
        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_log_of_a_later_version_is_refused_and_left_as_it_is()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            rig.Append(writer, 3, bytes: 10);
        }

        rig.Close();
        var (name, content) = rig.Files.Contents.Single(file => file.Key.EndsWith(".seg", StringComparison.Ordinal));
        content[12] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(8), Crc32C.Of(content.AsSpan(12, 52)));
        rig.Files.Put(name, content);
        var before = rig.Files.Contents;

        Should.Throw<SegmentVersionException>(() => rig.Open()).Message.ShouldContain("version 2");
        rig.Files.Contents.Keys.ShouldBe(before.Keys, ignoreOrder: true);
        rig.Files.Contents[name].ShouldBe(content);
        Should.Throw<SegmentVersionException>(() => rig.Open()).Message.ShouldContain(rig.Files.Location);
    }

    [Fact]
    public void A_mark_is_found_wherever_it_starts()
    {
        var seed = SegmentFormat.Seed(LogId);
        var random = new Random(3);
        for (var at = 0; at < 100; at++)
        {
            var bytes = new byte[at + SegmentMark.Bytes + 50];
            random.NextBytes(bytes);
            new SegmentMark(1234, 77).Write(bytes.AsSpan(at), seed);
            var next = SegmentMark.Find(bytes, seed, out var mark);
            mark.ShouldBe(new SegmentMark(1234, 77));
            next.ShouldBe(at + 1);
            SegmentMark.Find(bytes.AsSpan(next), seed, out mark).ShouldBeGreaterThan(0);
            mark.ShouldBeNull();

            // Cut off at the end: the search goes on where it starts.
            SegmentMark.Find(bytes.AsSpan(0, at + SegmentMark.Bytes - 1), seed, out mark).ShouldBe(at);
            mark.ShouldBeNull();
        }
    }
}
