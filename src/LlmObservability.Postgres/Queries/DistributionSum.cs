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
internal sealed class DistributionSum(bool whole, bool percentiles)
{
    private readonly ulong[] _buckets = percentiles ? new ulong[LogHistogram.Buckets] : [];
    private long _count;
    private double _sum;
    private double? _min;
    private double? _max;

    public void Clear()
    {
        Array.Clear(_buckets);
        (_count, _sum, _min, _max) = (0, 0, null, null);
    }

    public void Add(DistributionSum other)
    {
        Add(other._count, other._sum, other._min, other._max);
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] += other._buckets[i];
        }
    }

    /// <summary>Adds six columns: count, sum, least, greatest, histogram, and the values of calls that are in none, eight bytes each.</summary>
    public void Add(NpgsqlDataReader reader, int column)
    {
        double? Number(int i) => reader.IsDBNull(i) ? null : reader.GetDouble(i);
        Add(reader.GetInt64(column), Number(column + 1) ?? 0, Number(column + 2), Number(column + 3));
        if (!percentiles)
        {
            return;
        }

        if (!reader.IsDBNull(column + 4))
        {
            LogHistogram.AddTo(_buckets, reader.GetFieldValue<byte[]>(column + 4));
        }

        if (!reader.IsDBNull(column + 5))
        {
            for (ReadOnlySpan<byte> values = reader.GetFieldValue<byte[]>(column + 5); values.Length > 0; values = values[sizeof(double)..])
            {
                _buckets[LogHistogram.BucketOf(BinaryPrimitives.ReadDoubleBigEndian(values))]++;
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
        foreach (var count in _buckets)
        {
            total += count;
        }

        var rank = Math.Max(1, ((total * (ulong)percent) + 99) / 100);
        ulong seen = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            seen += _buckets[i];
            if (seen >= rank)
            {
                var value = LogHistogram.ValueOf(i);
                return Math.Clamp(whole ? Math.Round(value) : value, _min ?? value, _max ?? value);
            }
        }

        return null;
    }
}
