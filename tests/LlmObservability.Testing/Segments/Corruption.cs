namespace LlmObservability.Testing.Segments;

/// <summary>Does to files what broken disks, broken tools and people do.</summary>
internal sealed class Corruption(Random random)
{
    private const int Block = 512;

    public void Apply(Dictionary<string, byte[]> files)
    {
        for (var times = random.Next(1, 4); times > 0 && files.Count > 0; times--)
        {
            ApplyOne(files);
        }
    }

    private void ApplyOne(Dictionary<string, byte[]> files)
    {
        var name = Pick(files);
        var content = (byte[])files[name].Clone();
        switch (random.Next(15))
        {
            case 0 or 1 when content.Length > 0:
                content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when content.Length > 0:
                random.NextBytes(Some(content));
                break;
            case 3 when content.Length > 0:
                Some(content).Clear();
                break;
            case 4:
                Array.Resize(ref content, random.Next(content.Length + 1));
                break;
            case 5:
                Array.Resize(ref content, content.Length + random.Next(1, 2000));
                if (random.Next(2) == 0)
                {
                    random.NextBytes(content.AsSpan(files[name].Length));
                }

                break;
            case 6 or 7 when content.Length >= 2 * Block:
                MoveBlock(content, content, swap: random.Next(2) == 0);
                break;
            case 8 when files[Pick(files)] is { Length: >= Block } other && content.Length >= Block:
                MoveBlock(other, content, swap: false);
                break;
            case 9:
                var with = Pick(files);
                (content, files[with]) = (files[with], content);
                break;
            case 10 when random.Next(3) == 0:
                files.Remove(name);
                return;
            case 12 or 13 or 14 when Records(content) is { Count: > 1 } records:
                content = Rearrange(content, records, files[Pick(files)]);
                break;
            case 11:
                // A copy under the name of a segment that is not there, or a later one.
                files[$"{random.Next(1, 40):x8}{name[Math.Min(8, name.Length)..]}"] = content;
                return;
            default:
                // A run of bytes left out: everything behind moves.
                var from = random.Next(content.Length + 1);
                content = [.. content.AsSpan(0, from), .. content.AsSpan(Math.Min(content.Length, from + random.Next(1, 300)))];
                break;
        }

        files[name] = content;
    }

    /// <summary>Whole records left out, doubled, swapped, or brought in from another file.</summary>
    private byte[] Rearrange(byte[] content, List<Range> records, byte[] other)
    {
        var (at, with) = (random.Next(records.Count), random.Next(records.Count));
        var strangers = Records(other);
        switch (random.Next(4))
        {
            case 0:
                records.RemoveAt(at);
                break;
            case 1:
                records.Insert(at, records[with]);
                break;
            case 2 when strangers.Count > 0:
                var stranger = strangers[random.Next(strangers.Count)];
                return [.. content.AsSpan(0, records[at].Start.Value), .. other.AsSpan()[stranger], .. content.AsSpan(records[at].Start.Value)];
            default:
                (records[at], records[with]) = (records[with], records[at]);
                break;
        }

        return [.. content.AsSpan(0, 64), .. records.SelectMany(record => content[record])];
    }

    // Where records stand, as far as their lengths make sense.
    private static List<Range> Records(byte[] content)
    {
        var records = new List<Range>();
        for (var at = 64; at + 9 <= content.Length;)
        {
            var length = BitConverter.ToUInt32(content, at);
            if (length > content.Length - at - 9)
            {
                break;
            }

            records.Add(at..(at + 9 + (int)length));
            at += 9 + (int)length;
        }

        return records;
    }

    private string Pick(Dictionary<string, byte[]> files) => files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(files.Count));

    private Span<byte> Some(byte[] content)
    {
        var from = random.Next(content.Length);
        return content.AsSpan(from, Math.Min(content.Length - from, random.Next(1, 700)));
    }

    private void MoveBlock(byte[] from, byte[] to, bool swap)
    {
        var source = from.AsSpan(random.Next(from.Length / Block) * Block, Block);
        var target = to.AsSpan(random.Next(to.Length / Block) * Block, Block);
        var replaced = target.ToArray();
        source.CopyTo(target);
        if (swap)
        {
            replaced.CopyTo(source);
        }
    }
}
