using System.Numerics;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>What a rollup row knows of one measure: how many values, their sum, the least, the greatest, and how they are spread.</summary>
internal sealed class RollupDistribution<T>
    where T : struct, INumber<T>, IMinMaxValue<T>
{
    private readonly LogHistogram _histogram = new();
    private T? _min;
    private T? _max;

    public long Count { get; private set; }

    public T Sum { get; private set; }

    public void Add(T value)
    {
        Count++;
        Sum = Saturating.Add(Sum, value);
        Widen(value, value);
        _histogram.Add(double.CreateSaturating(value));
    }

    public void Add(RollupDistribution<T> other, Span<byte> scratch)
    {
        Count = Saturating.Add(Count, other.Count);
        Sum = Saturating.Add(Sum, other.Sum);
        Widen(other._min, other._max);
        _histogram.Add(scratch[..other._histogram.Encode(scratch)]);
    }

    public int MaxEncodedLength => _histogram.MaxEncodedLength;

    /// <summary>Adds the columns of a row that is read: with a count and a sum, only a sum, or neither where other columns tell them.</summary>
    public void Add(NpgsqlDataReader reader, ref int column, bool counted, bool summed)
    {
        if (counted)
        {
            Count = Saturating.Add(Count, RollupRow.Long(reader, column++));
        }

        if (summed)
        {
            Sum = Saturating.Add(Sum, Value(reader, column++) ?? T.Zero);
        }

        Widen(Value(reader, column++), Value(reader, column++));
        if (!reader.IsDBNull(column++))
        {
            _histogram.Add(reader.GetFieldValue<byte[]>(column - 1));
        }
    }

    public void Write(PostgresRowBuffer row, bool counted, bool summed)
    {
        if (counted)
        {
            row.Long(Count == 0 ? null : Count);
        }

        if (summed)
        {
            Write(row, Sum == T.Zero ? null : Sum);
        }

        Write(row, _min);
        Write(row, _max);
        row.Histogram(_histogram);
    }

    private static void Write(PostgresRowBuffer row, T? value)
    {
        if (value is null)
        {
            row.Null();
        }
        else if (typeof(T) == typeof(long))
        {
            row.Long((long)(object)value.Value);
        }
        else
        {
            row.Number((double)(object)value.Value);
        }
    }

    private static T? Value(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    private void Widen(T? least, T? greatest)
    {
        if (least is { } min && !(_min <= min))
        {
            _min = min;
        }

        if (greatest is { } max && !(_max >= max))
        {
            _max = max;
        }
    }
}
