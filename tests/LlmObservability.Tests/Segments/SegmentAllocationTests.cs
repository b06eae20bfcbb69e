using LlmObservability.Segments;
using LlmObservability.Tests.Performance;

namespace LlmObservability.Tests.Segments;

[Collection(nameof(Alone))]
public class SegmentAllocationTests
{
    private const int Records = 2_000;
    private const int Rounds = 30;

    [Fact]
    public async Task Appending_and_reading_allocate_nothing_by_the_record()
    {
        var payload = new byte[600];
        using var log = SegmentDirectory.Open(new FaultFiles(), new SegmentOptions(), TimeProvider.System, _ => { });
        await using var writer = log.OpenWriter();
        using var reader = log.OpenReader();
        var (appending, reading) = (long.MaxValue, long.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            appending = Math.Min(appending, Append(writer, payload));
            await writer.FlushAsync(toDisk: true, TestContext.Current.CancellationToken);
            reading = Math.Min(reading, Read(reader));
        }

        // A block of 64 KiB, of a hundred records, is an object and pooled memory.
        appending.ShouldBeLessThan(4 * Records);
        reading.ShouldBeLessThan(Records);
    }

    private static long Append(SegmentWriter writer, byte[] payload)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Records; i++)
        {
            writer.TryAppend(1, payload, out _);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static long Read(SegmentReader reader)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = 0;
        while (reader.TryRead(out var record))
        {
            read += record.Payload.Length == 600 ? 1 : 0;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        read.ShouldBe(Records);
        return allocated;
    }
}
