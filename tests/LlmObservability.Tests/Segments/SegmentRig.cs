using LlmObservability.Segments;
using LlmObservability.Testing;

namespace LlmObservability.Tests.Segments;

/// <summary>A log over a directory that can fail, with a memory of every record that was ever given a position.</summary>
internal sealed class SegmentRig(FaultFiles files, Random random) : IDisposable
{
    // Small, so that a log of some kilobytes has many segments and blocks.
    public static readonly SegmentOptions Small = new()
    {
        SegmentBytes = 4096,
        BlockBytes = 700,
        MaxBufferedBytes = 256 * 1024,
        MaxUnconfirmedBytes = 3000,
    };

    private readonly List<SegmentEvent> _events = [];
    private SegmentDirectory? _log;

    public FaultFiles Files { get; set; } = files;

    public SegmentOptions Options { get; set; } = Small;

    public ManualTimeProvider Time { get; } = new();

    /// <summary>All records that were given a position, in the order of positions.</summary>
    public SortedDictionary<long, WrittenRecord> Given { get; } = [];

    public IEnumerable<WrittenRecord> All => Given.Values;

    public SegmentDirectory Log => _log ?? throw new InvalidOperationException("The log is not open.");

    public SegmentEvent[] Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public SegmentDirectory Open()
    {
        _log = SegmentDirectory.Open(Files, Options, Time, happened =>
        {
            lock (_events)
            {
                _events.Add(happened);
            }
        });
        return _log;
    }

    public void Close()
    {
        _log?.Dispose();
        _log = null;
    }

    public void ForgetEvents() => _events.Clear();

    /// <summary>Appends a record of random size and content.</summary>
    public AppendOutcome Append(SegmentWriter writer)
    {
        var payload = new byte[random.Next(20) switch { 0 => 0, 1 => random.Next(2000, 6000), _ => random.Next(1, 300) }];
        random.NextBytes(payload);
        return Append(writer, (byte)random.Next(SegmentFormat.FirstKind, SegmentFormat.LastKind + 1), payload);
    }

    public AppendOutcome Append(SegmentWriter writer, byte kind, byte[] payload)
    {
        var outcome = writer.TryAppend(kind, payload, out var position);
        if (outcome == AppendOutcome.Appended)
        {
            Given.ShouldNotContainKey(position, "a position names one record");
            Given.Add(position, new WrittenRecord(position, kind, payload));
        }

        return outcome;
    }

    public void Append(SegmentWriter writer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Append(writer).ShouldBe(AppendOutcome.Appended);
        }
    }

    /// <summary>Appends records of one size.</summary>
    public void Append(SegmentWriter writer, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
        {
            Append(writer, 1, [.. Enumerable.Repeat((byte)i, bytes)]).ShouldBe(AppendOutcome.Appended);
        }
    }

    /// <summary>Reads what there is; more than was ever given means that the reader does not end.</summary>
    public List<WrittenRecord> Read(SegmentReader reader)
    {
        var read = new List<WrittenRecord>();
        while (reader.TryRead(out var record))
        {
            read.Add(new WrittenRecord(record.Position, record.Kind, record.Payload.ToArray()));
            read.Count.ShouldBeLessThanOrEqualTo(Given.Count, "the reader goes on for ever");
        }

        return read;
    }

    public List<WrittenRecord> ReadAll()
    {
        using var reader = Log.OpenReader();
        var read = Read(reader);
        ShouldBeWritten(read);
        return read;
    }

    /// <summary>In order, each once, and each as it was written.</summary>
    public void ShouldBeWritten(List<WrittenRecord> read)
    {
        var last = 0L;
        foreach (var record in read)
        {
            record.Position.ShouldBeGreaterThan(last, "records come in order, each once");
            Given.TryGetValue(record.Position, out var given).ShouldBeTrue($"{record} was never written");
            record.ShouldBe(given);
            last = record.Position;
        }
    }

    public void Dispose() => _log?.Dispose();
}
