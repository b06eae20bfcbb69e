using System.Buffers.Binary;
using LlmObservability.Segments;

namespace LlmObservability.Tests.Segments;

/// <summary>The files of a log as a few sessions left them, with what stands where in them.</summary>
internal sealed record SampleLog(
    Guid LogId, long Start, IReadOnlyDictionary<string, byte[]> Files, SortedDictionary<long, WrittenRecord> Given, IReadOnlyList<SampleLog.Place> Places)
{
    /// <summary>Where a record counts: the last of the segments that hold its position.</summary>
    public sealed record Place(string File, long Position, long EndOffset);

    /// <summary>Several sessions: some closed, some killed, some with a flush that failed, some acknowledged in part.</summary>
    public static async Task<SampleLog> WriteAsync(int seed, CancellationToken token)
    {
        var random = new Random(seed);
        var rig = new SegmentRig(new FaultFiles(), random);
        Guid logId = default;
        var start = 1L;
        for (var session = random.Next(1, 4); session > 0; session--)
        {
            var log = rig.Open();
            logId = log.LogId;
            var writer = log.OpenWriter();
            for (var step = random.Next(1, 8); step > 0; step--)
            {
                rig.Append(writer, random.Next(1, 12));
                rig.Files.FailingFlushes = random.Next(6) == 0 ? 1 : 0;
                await FlushAsync(writer, random.Next(2) == 0);
                rig.Files.FailingFlushes = 0;
            }

            await FlushAsync(writer, toDisk: true);
            await FlushAsync(writer, toDisk: true);
            if (random.Next(3) == 0)
            {
                log.Acknowledge(rig.Given.Keys.ElementAt(random.Next(rig.Given.Count)));
                log.Save();
            }

            start = log.Start;
            if (random.Next(2) == 0)
            {
                await writer.DisposeAsync();
                rig.Close();
            }

            rig.Files.Kill();
        }

        var files = rig.Files.Contents;
        return new SampleLog(logId, start, files, rig.Given, [.. PlacesOf(files, start)]);

        async Task FlushAsync(SegmentWriter writer, bool toDisk)
        {
            try
            {
                await writer.FlushAsync(toDisk, token);
            }
            catch (IOException)
            {
                // The one that was made to fail.
            }
        }
    }

    // By the format's description, apart from the code that is tested.
    private static IEnumerable<Place> PlacesOf(Dictionary<string, byte[]> files, long start)
    {
        var segments = files.Where(file => file.Key.EndsWith(".seg", StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal).ToArray();
        for (var i = 0; i < segments.Length; i++)
        {
            var (name, content) = segments[i];
            var end = i + 1 < segments.Length ? BinaryPrimitives.ReadInt64LittleEndian(segments[i + 1].Value.AsSpan(40)) : long.MaxValue;
            var position = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(32));
            var offset = 64;
            while (offset < content.Length && position < end)
            {
                var kind = content[offset + 8];
                offset += 9 + BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(offset));
                if (kind < 240)
                {
                    if (position >= start)
                    {
                        yield return new Place(name, position, offset);
                    }

                    position++;
                }
            }
        }
    }
}
