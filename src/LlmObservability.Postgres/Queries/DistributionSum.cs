using System.Buffers.Binary;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// A distribution added up from rows of rollups and from single values. A place for each bucket of the histogram: adding costs
/// the same however many there are. Not thread-safe.
/// </summary>
/// <param name="whole">Whether values are whole numbers.</param>
/// <param name="percentiles">Whether its percentiles are asked for.</param>
/// <param name="histogram">Whether its histogram is asked for.</param>
internal sealed class DistributionSum(bool whole, bool percentiles, bool histogram)
{
    private readonly ulong[] _buckets = percentiles || histogram ? new ulong[LogHistogram.Buckets] : [];

    // Values lie close together: only what is between the first and the last bucket that has any is looked at.
    private int _first = LogHistogram.Buckets;
    private int _last = -1;
    private long _count;
    private double _sum;
    private double? _min;
    private double? _max;

    public void Clear()
    {
        if (_last >= _first)
        {
            Array.Clear(_buckets, _first, _last - _first + 1);
        }

        (_first, _last) = (LogHistogram.Buckets, -1);
        (_count, _sum, _min, _max) = (0, 0, null, null);
    }

    public void Add(DistributionSum other)
    {
        Add(other._count, other._sum, other._min, other._max);
        for (var i = other._first; i <= other._last; i++)
        {
            _buckets[i] += other._buckets[i];
        }

        (_first, _last) = (Math.Min(_first, other._first), Math.Max(_last, other._last));
    }

    /// <summary>Adds six columns: count, sum, least, greatest, histogram, and the values of calls that are in none, eight bytes each.</summary>
    public void Add(NpgsqlDataReader reader, int column)
    {
        double? Number(int i) => reader.IsDBNull(i) ? null : reader.GetDouble(i);
        Add(reader.GetInt64(column), Number(column + 1) ?? 0, Number(column + 2), Number(column + 3));
        if (_buckets.Length == 0)
        {
            return;
        }

        if (!reader.IsDBNull(column + 4))
        {
            LogHistogram.AddTo(_buckets, reader.GetFieldValue<byte[]>(column + 4), ref _first, ref _last);
        }

        if (!reader.IsDBNull(column + 5))
        {
            for (ReadOnlySpan<byte> values = reader.GetFieldValue<byte[]>(column + 5); values.Length > 0; values = values[sizeof(double)..])
            {
                var bucket = LogHistogram.BucketOf(BinaryPrimitives.ReadDoubleBigEndian(values));
                _buckets[bucket]++;
                (_first, _last) = (Math.Min(_first, bucket), Math.Max(_last, bucket));
            }
        }
    }

    public LlmDistribution ToDistribution() => _count == 0 ? default : new LlmDistribution
    {
        Count = _count,
        Sum = _sum,
        Min = _min,
        Max = _max,
        P50 = Percentile(50),
        P95 = Percentile(95),
        P99 = Percentile(99),
        Histogram = histogram ? Bins() : null,
    };

    private void Add(long count, double sum, double? min, double? max)
    {
        _count += count;
        _sum += sum;
        _min = min < _min || _min is null ? min ?? _min : _min;
        _max = max > _max || _max is null ? max ?? _max : _max;
    }

    /// <summary>By nearest rank; no further out than the values are, and a whole number where they are.</summary>
    private double? Percentile(int percent)
    {
        if (!percentiles)
        {
            return null;
        }

        ulong total = 0;
        for (var i = _first; i <= _last; i++)
        {
            total += _buckets[i];
        }

        var rank = Math.Max(1, ((total * (ulong)percent) + 99) / 100);
        ulong seen = 0;
        for (var i = _first; i <= _last; i++)
        {
            seen += _buckets[i];
            if (seen >= rank)
            {
                var value = LogHistogram.ValueOf(i);
                return Within(whole ? Math.Round(value) : value);
            }
        }

        return null;
    }

    /// <summary>Each bucket in the bin of the value that stands for it: what is within 1.6% of a bound may be on its other side.</summary>
    private IReadOnlyList<LlmHistogramBin> Bins()
    {
        Span<long> counts = stackalloc long[LlmHistogram.Bounds.Count];
        counts.Clear();
        for (var i = _first; i <= _last; i++)
        {
            if (_buckets[i] > 0)
            {
                var bin = LlmHistogram.BinOf(Within(LogHistogram.ValueOf(i)));
                counts[bin] = checked(counts[bin] + (long)_buckets[i]);
            }
        }

        return LlmHistogram.ToBins(counts);
    }

    private double Within(double value) => Math.Clamp(value, _min ?? value, _max ?? value);
}
