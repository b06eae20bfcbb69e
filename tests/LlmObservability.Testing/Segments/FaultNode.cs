namespace LlmObservability.Testing.Segments;

/// <summary>A file as the operating system sees it, and as it would be found after a loss of power.</summary>
internal sealed class FaultNode
{
    public const int SectorBytes = 512;

    private readonly MemoryStream _cache = new();
    private byte[] _disk = [];
    private HashSet<int> _dirty = [];

    public FaultNode()
    {
    }

    /// <summary>A file with this content, on disk.</summary>
    public FaultNode(byte[] content)
    {
        _cache.Write(content);
        _disk = content;
    }

    public int Length => (int)_cache.Length;

    public byte[] Content => _cache.ToArray();

    private Span<byte> Cache => _cache.GetBuffer().AsSpan(0, Length);

    public int Read(Span<byte> buffer, long offset)
    {
        _cache.Position = offset;
        return _cache.Read(buffer);
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        _cache.Position = offset;
        _cache.Write(bytes);
        for (var sector = (int)offset / SectorBytes; sector * SectorBytes < offset + bytes.Length; sector++)
        {
            _dirty.Add(sector);
        }
    }

    public void Truncate(long length) => _cache.SetLength(Math.Min(length, Length));

    public void Flush()
    {
        var disk = new byte[Length];
        _disk.AsSpan(0, Math.Min(_disk.Length, disk.Length)).CopyTo(disk);
        foreach (var sector in _dirty)
        {
            CopySector(Cache, disk, sector);
        }

        _disk = disk;
        _dirty = [];
    }

    /// <summary>A flush that failed: what was not on disk never gets there, and the next flush does not know.</summary>
    public void ForgetDirty() => _dirty = [];

    /// <summary>What is found when the power is back: any of the sectors not flushed, of either length or one between.</summary>
    public FaultNode AfterPowerLoss(Random random)
    {
        var (shorter, longer) = (Math.Min(Length, _disk.Length), Math.Max(Length, _disk.Length));
        var found = new byte[random.Next(3) switch { 0 => _disk.Length, 1 => Length, _ => random.Next(shorter, longer + 1) }];
        _disk.AsSpan(0, Math.Min(_disk.Length, found.Length)).CopyTo(found);
        var kept = random.NextDouble();
        foreach (var sector in _dirty.Where(_ => random.NextDouble() < kept))
        {
            CopySector(Cache, found, sector);
        }

        return new FaultNode(found);
    }

    private static void CopySector(ReadOnlySpan<byte> from, byte[] to, int sector)
    {
        var start = sector * SectorBytes;
        var length = Math.Min(SectorBytes, Math.Min(from.Length, to.Length) - start);
        if (length > 0)
        {
            from.Slice(start, length).CopyTo(to.AsSpan(start));
        }
    }
}
