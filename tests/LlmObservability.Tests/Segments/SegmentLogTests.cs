using LlmObservability.Segments;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Segments;

public class SegmentLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_is_written_is_read_back_through_rolls_and_reopenings(int seed)
    {
        var random = new Random(seed);
        using var rig = new SegmentRig(new FaultFiles(), random);
        for (var session = 0; session < 4; session++)
        {
            var log = rig.Open();
            await using (var writer = log.OpenWriter())
            {
                rig.Append(writer, random.Next(60));
                await writer.FlushAsync(toDisk: random.Next(2) == 0, Token);
                rig.ReadAll().ShouldBe(rig.All, $"seed {seed}");
                rig.Append(writer, random.Next(60));
            }

            rig.ReadAll().ShouldBe(rig.All, $"seed {seed}");
            rig.Close();
        }

        rig.Open();
        rig.ReadAll().ShouldBe(rig.All, $"seed {seed}");
        rig.Events.ShouldBeEmpty($"seed {seed}");
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Fact]
    public async Task A_reader_starts_at_any_position()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(7));
        await using (var first = rig.Open().OpenWriter())
        {
            rig.Append(first, 100);
        }

        await using (var second = rig.Log.OpenWriter())
        {
            rig.Append(second, 100);
        }

        rig.Log.Usage().Segments.ShouldBeGreaterThan(4);
        foreach (var from in rig.Given.Keys.Append(rig.Given.Keys.Max() + 1).Append(rig.Given.Keys.ElementAt(99) + 1))
        {
            using var reader = rig.Log.OpenReader(from);
            rig.Read(reader).ShouldBe(rig.Given.Values.Where(record => record.Position >= from), $"from {from}");
        }

        rig.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_record_of_16_MiB_goes_through_and_a_larger_one_is_refused()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 1, [1]).ShouldBe(AppendOutcome.Appended);
        rig.Append(writer, 2, new byte[SegmentFormat.MaxPayloadBytes]).ShouldBe(AppendOutcome.Appended);
        rig.Append(writer, 3, new byte[SegmentFormat.MaxPayloadBytes + 1]).ShouldBe(AppendOutcome.TooLarge);
        rig.Append(writer, 4, [4]).ShouldBe(AppendOutcome.Appended);
        await writer.FlushAsync(toDisk: true, Token);

        rig.ReadAll().ShouldBe(rig.All);
        rig.Given.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_segment_is_rolled_by_size_and_by_age()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 100);
        await writer.FlushAsync(toDisk: true, Token);
        rig.Files.Contents.Where(file => file.Key.EndsWith(".seg", StringComparison.Ordinal)).Select(file => file.Value.Length)
            .ShouldAllBe(length => length <= SegmentRig.Small.SegmentBytes || length > 2000);
        var segments = rig.Log.Usage().Segments;
        segments.ShouldBeGreaterThan(3);

        rig.Time.Advance(TimeSpan.FromHours(1));
        await writer.FlushAsync(toDisk: false, Token);
        rig.Log.Usage().Segments.ShouldBe(segments + 1);
        rig.Time.Advance(TimeSpan.FromHours(1));
        await writer.FlushAsync(toDisk: false, Token);
        rig.Log.Usage().Segments.ShouldBe(segments + 1, "an empty segment needs no successor");
        rig.ReadAll().ShouldBe(rig.All);
    }

    [Fact]
    public async Task Positions_leap_at_each_opening_and_rise_by_one_within()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using (var writer = rig.Open().OpenWriter())
        {
            writer.FirstPosition.ShouldBe(1);
            writer.LastPosition.ShouldBe(0);
            rig.Append(writer, 5);
            writer.LastPosition.ShouldBe(5);
        }

        rig.Given.Keys.ShouldBe([1, 2, 3, 4, 5]);
        await using var second = rig.Log.OpenWriter();
        second.FirstPosition.ShouldBe(SegmentFormat.Leap + 1);
        second.DurablePosition.ShouldBe(SegmentFormat.Leap);
    }

    [Fact]
    public async Task Bytes_a_record_are_nine_and_hardly_more()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions() };
        await using var writer = rig.Open().OpenWriter();
        for (var i = 0; i < 5000; i++)
        {
            rig.Append(writer, 1, new byte[600]);
            if (i % 100 == 0)
            {
                await writer.FlushAsync(toDisk: true, Token);
            }
        }

        await writer.FlushAsync(toDisk: true, Token);
        ((writer.Bytes / 5000.0) - 600).ShouldBeInRange(9, 9.5);
    }

    [Fact]
    public async Task Only_one_writer_at_a_time_and_none_after_it_was_closed()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        var writer = rig.Open().OpenWriter();
        Should.Throw<InvalidOperationException>(() => rig.Log.OpenWriter());
        (await writer.CloseAsync(Token)).ShouldBe(0);
        rig.Append(writer).ShouldBe(AppendOutcome.Closed);
        await Should.ThrowAsync<ObjectDisposedException>(() => writer.FlushAsync(toDisk: false, Token));
        await rig.Log.OpenWriter().DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(240)]
    [InlineData(255)]
    public async Task Kinds_of_the_logs_own_cannot_be_appended(byte kind)
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        Should.Throw<ArgumentOutOfRangeException>(() => writer.TryAppend(kind, [], out _));
    }

    [Fact]
    public async Task A_wait_ends_when_the_position_is_on_disk_and_not_before()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        await using var writer = rig.Open().OpenWriter();
        rig.Append(writer, 1, [1]);
        rig.Append(writer, 1, [2]);
        var waiting = writer.WaitAsync(2, Token).AsTask();
        await writer.FlushAsync(toDisk: false, Token);
        waiting.IsCompleted.ShouldBeFalse();
        writer.WrittenPosition.ShouldBe(2);
        writer.DurablePosition.ShouldBe(0);

        await writer.FlushAsync(toDisk: true, Token);
        await waiting.WaitAsync(Eventually.Bound, Token);
        writer.DurablePosition.ShouldBe(2);
        writer.WaitAsync(1, Token).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        Should.Throw<ArgumentOutOfRangeException>(() => writer.WaitAsync(3, Token).AsTask());
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled_or_the_writer_closes_without_the_record()
    {
        using var rig = new SegmentRig(new FaultFiles(), new Random(1));
        var writer = rig.Open().OpenWriter();
        rig.Append(writer, 1);
        using var cancel = new CancellationTokenSource();
        var cancelled = writer.WaitAsync(1, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);

        var refused = writer.WaitAsync(1, Token).AsTask();
        rig.Files.FailingFlushes = 100;
        (await writer.CloseAsync(Token)).ShouldBe(1);
        await Should.ThrowAsync<ObjectDisposedException>(() => refused);
    }

    [Fact]
    public async Task Many_threads_append_while_one_flushes_and_readers_follow()
    {
        const int Threads = 4;
        const int Each = 5000;
        using var rig = new SegmentRig(new FaultFiles(), new Random(1)) { Options = new SegmentOptions { SegmentBytes = 100_000, BlockBytes = 4096 } };
        await using var writer = rig.Open().OpenWriter();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(FollowAsync, Token)).ToArray();
        var appending = Enumerable.Range(0, Threads).Select(thread => Task.Run(() => Append((byte)(thread + 1)), Token)).ToArray();
        while (!Task.WhenAll(appending).IsCompleted)
        {
            await writer.FlushAsync(toDisk: true, Token);
        }

        await Task.WhenAll(appending);
        await writer.FlushAsync(toDisk: false, Token);
        foreach (var read in await Task.WhenAll(readers).WaitAsync(Eventually.Bound, Token))
        {
            read.Select(record => record.Position).ShouldBe(Enumerable.Range(1, Threads * Each).Select(i => (long)i));
            for (byte kind = 1; kind <= Threads; kind++)
            {
                read.Where(record => record.Kind == kind).Select(record => BitConverter.ToInt32(record.Payload)).ShouldBe(Enumerable.Range(0, Each));
            }
        }

        rig.Events.ShouldBeEmpty();

        void Append(byte kind)
        {
            var payload = new byte[50];
            for (var i = 0; i < Each; i++)
            {
                BitConverter.TryWriteBytes(payload, i);
                SpinWait.SpinUntil(() => writer.TryAppend(kind, payload, out _) == AppendOutcome.Appended, Eventually.Bound).ShouldBeTrue();
            }
        }

        async Task<List<WrittenRecord>> FollowAsync()
        {
            using var reader = rig.Log.OpenReader();
            var read = new List<WrittenRecord>();
            while (read.Count < Threads * Each)
            {
                await reader.WaitToReadAsync(Token);
                while (reader.TryRead(out var record))
                {
                    read.Add(new WrittenRecord(record.Position, record.Kind, record.Payload.ToArray()));
                }
            }

            return read;
        }
    }
}
