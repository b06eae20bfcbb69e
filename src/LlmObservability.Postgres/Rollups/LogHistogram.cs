namespace LlmObservability.Postgres;

/// <summary>
/// A histogram with buckets of equal width on a log scale: 32 to each doubling, so that a value stands for all of its bucket with
/// an error of at most 1.6%. The bucket is the upper bits of the value as an IEEE 754 double, with no arithmetic that could
/// differ from one machine to another. Not thread-safe.
/// </summary>
/// <remarks>
/// Its bytes are entries of a bucket (two bytes, big-endian) and a count (LEB128). They need not be in order, and a bucket may come
/// twice: so the bytes of two histograms, one after the other, are the histogram of both, and SQL merges them by
/// <c>string_agg(histogram, '')</c>.
/// </remarks>
internal sealed class LogHistogram
{
    // 5 bits of the fraction and all of the exponent remain.
    private const int Shift = 52 - 5;

    // What is below 2^-10 is nothing: no measure is that fine.
    private const long Offset = (1023L - 10) << 5;
    private const int Most = 64 << 5;
    private const int BucketBits = 16;
    private const ulong MostCount = ulong.MaxValue >> BucketBits;

    /// <summary>How many buckets there are, that for nothing among them.</summary>
    public const int Buckets = Most + 2;

    // Each a bucket, in its upper 16 bits, and a count.
    private ulong[] _entries = [];
    private int _length;
    private int _merged;

    public bool IsEmpty => _length == 0;

    /// <summary>The bucket of a value: 0 for none, else 1 and more.</summary>
    public static int BucketOf(double value)
    {
        if (!(value > 0))
        {
            return 0;
        }

        var bucket = (BitConverter.DoubleToInt64Bits(value) >> Shift) - Offset;
        return (int)Math.Clamp(bucket, 0, Most) + 1;
    }

    /// <summary>The value that stands for a bucket: as far from its least as from its greatest, in proportion.</summary>
    public static double ValueOf(int bucket)
    {
        if (bucket == 0)
        {
            return 0;
        }

        var least = BitConverter.Int64BitsToDouble((bucket - 1 + Offset) << Shift);
        var next = BitConverter.Int64BitsToDouble((bucket + Offset) << Shift);
        return 2 * least * next / (least + next);
    }

    public void Add(double value) => Add(BucketOf(value), 1);

    /// <summary>Adds what <see cref="Encode"/> wrote, once or several times over.</summary>
    /// <exception cref="FormatException">The bytes are no histogram.</exception>
    public void Add(ReadOnlySpan<byte> encoded)
    {
        while (encoded.Length > 0)
        {
            Add(Next(ref encoded, out var count), count);
        }
    }

    /// <summary>Adds what <see cref="Encode"/> wrote to counts by bucket, as many as there are <see cref="Buckets"/>; and widens to what has any.</summary>
    /// <exception cref="FormatException">The bytes are no histogram.</exception>
    public static void AddTo(Span<ulong> counts, ReadOnlySpan<byte> encoded, ref int first, ref int last)
    {
        while (encoded.Length > 0)
        {
            var bucket = Math.Min(Next(ref encoded, out var count), Buckets - 1);
            counts[bucket] += count;
            (first, last) = (Math.Min(first, bucket), Math.Max(last, bucket));
        }
    }

    /// <summary>Takes an entry off.</summary>
    private static int Next(ref ReadOnlySpan<byte> encoded, out ulong count)
    {
        if (encoded.Length < 3)
        {
            throw new FormatException("A histogram ends inside of an entry.");
        }

        var bucket = (encoded[0] << 8) | encoded[1];
        encoded = encoded[2..];
        count = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (encoded.Length == 0 || shift > 42)
            {
                throw new FormatException("A histogram ends inside of a count.");
            }

            var part = encoded[0];
            encoded = encoded[1..];
            count |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return bucket;
            }
        }
    }

    /// <summary>The histogram's bytes, in the order of its buckets.</summary>
    public int Encode(Span<byte> target)
    {
        Merge();
        var written = 0;
        for (var i = 0; i < _length; i++)
        {
            var bucket = (int)(_entries[i] >> (64 - BucketBits));
            target[written++] = (byte)(bucket >> 8);
            target[written++] = (byte)bucket;
            var count = CountOf(_entries[i]);
            for (; count >= 0x80; count >>= 7)
            {
                target[written++] = (byte)(count | 0x80);
            }

            target[written++] = (byte)count;
        }

        return written;
    }

    /// <summary>At most as many bytes as <see cref="Encode"/> writes.</summary>
    public int MaxEncodedLength => _length * 9;

    /// <summary>The values of the given shares by nearest rank, in ascending order of the shares; null without values.</summary>
    /// <param name="percents">1 to 100, ascending.</param>
    public double?[] Percentiles(params ReadOnlySpan<int> percents)
    {
        Merge();
        var result = new double?[percents.Length];
        ulong total = 0;
        for (var i = 0; i < _length; i++)
        {
            total += CountOf(_entries[i]);
        }

        if (total == 0)
        {
            return result;
        }

        ulong seen = 0;
        var entry = -1;
        for (var i = 0; i < percents.Length; i++)
        {
            var rank = Math.Max(1, ((total * (ulong)percents[i]) + 99) / 100);
            while (seen < rank)
            {
                seen += CountOf(_entries[++entry]);
            }

            result[i] = ValueOf((int)(_entries[entry] >> (64 - BucketBits)));
        }

        return result;
    }

    private static ulong CountOf(ulong entry) => entry & MostCount;

    private void Add(int bucket, ulong count)
    {
        if (_length == _entries.Length)
        {
            // Mostly few buckets come many times.
            if (_length >= 64 && _length >= 2 * _merged)
            {
                Merge();
            }

            if (2 * _length >= _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(8, 2 * _entries.Length));
            }
        }

        _entries[_length++] = ((ulong)bucket << (64 - BucketBits)) | Math.Min(count, MostCount);
    }

    /// <summary>One entry for each bucket, in order.</summary>
    private void Merge()
    {
        if (_length == _merged)
        {
            return;
        }

        var entries = _entries.AsSpan(0, _length);
        entries.Sort();
        var kept = 0;
        for (var i = 1; i < entries.Length; i++)
        {
            if (entries[i] >> (64 - BucketBits) == entries[kept] >> (64 - BucketBits))
            {
                // What it cannot hold would be another bucket's.
                entries[kept] += Math.Min(CountOf(entries[i]), MostCount - CountOf(entries[kept]));
            }
            else
            {
                entries[++kept] = entries[i];
            }
        }

        _length = _merged = kept + 1;
    }
}
