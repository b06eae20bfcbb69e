namespace LlmObservability.AspNetCore.Metrics;

/// <summary>
/// The series of one metric, found by a measurement's attributes without a lock and without an allocation. Bounded: what comes
/// beyond finds none. Thread-safe.
/// </summary>
/// <param name="maxSeries">The most of them.</param>
/// <param name="create">Makes one.</param>
internal sealed class SeriesTable(int maxSeries, Func<MetricLabels, MetricSeries> create)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, MetricSeries> _byLabels = new(StringComparer.Ordinal);
    private Node?[] _buckets = new Node?[64];
    private MetricSeries[]? _sorted;
    private int _nodes;

    /// <summary>All of them, in the order of their labels.</summary>
    public MetricSeries[] Sorted
    {
        get
        {
            lock (_gate)
            {
                return _sorted ??= [.. _byLabels.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];
            }
        }
    }

    /// <summary>The series of these attributes; null when there are too many.</summary>
    public MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        var hash = Hash(attributes);
        return Find(Volatile.Read(ref _buckets), hash, attributes) ?? Add(hash, attributes);
    }

    /// <summary>The series of these labels; null when there are too many.</summary>
    public MetricSeries? Of(MetricLabels labels)
    {
        lock (_gate)
        {
            if (_byLabels.TryGetValue(labels.Text, out var series))
            {
                return series;
            }

            if (_byLabels.Count >= maxSeries)
            {
                return null;
            }

            series = create(labels);
            _byLabels.Add(labels.Text, series);
            _sorted = null;
            return series;
        }
    }

    private static MetricSeries? Find(Node?[] buckets, int hash, ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        for (var node = Volatile.Read(ref buckets[hash & (buckets.Length - 1)]); node is not null; node = node.Next)
        {
            if (node.Hash == hash && node.Has(attributes))
            {
                return node.Series;
            }
        }

        return null;
    }

    // Values alone: the keys of one instrument's measurements are much the same. The runtime seeds the hash of a text.
    private static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        var hash = attributes.Length;
        foreach (ref readonly var attribute in attributes)
        {
            hash = (hash * 31) + (attribute.Value?.GetHashCode() ?? 0);
        }

        return hash;
    }

    private MetricSeries? Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        // Of these there are as few as of series: each set of attributes is one, in whatever order it comes.
        if (Volatile.Read(ref _nodes) >= maxSeries)
        {
            return null;
        }

        lock (_gate)
        {
            if (Find(_buckets, hash, attributes) is { } found)
            {
                return found;
            }

            if (_nodes >= maxSeries || Of(MetricLabels.Of(attributes)) is not { } series)
            {
                return null;
            }

            if (_nodes >= _buckets.Length)
            {
                Grow();
            }

            Volatile.Write(ref _nodes, _nodes + 1);
            ref var slot = ref _buckets[hash & (_buckets.Length - 1)];
            Volatile.Write(ref slot, new Node(hash, attributes.ToArray(), series, slot));
            return series;
        }
    }

    private void Grow()
    {
        var larger = new Node?[_buckets.Length * 4];
        foreach (var bucket in _buckets)
        {
            for (var node = bucket; node is not null; node = node.Next)
            {
                ref var slot = ref larger[node.Hash & (larger.Length - 1)];
                slot = new Node(node.Hash, node.Attributes, node.Series, slot);
            }
        }

        Volatile.Write(ref _buckets, larger);
    }

    private sealed record Node(int Hash, KeyValuePair<string, object?>[] Attributes, MetricSeries Series, Node? Next)
    {
        public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
        {
            var own = Attributes;
            if (own.Length != attributes.Length)
            {
                return false;
            }

            for (var i = 0; i < own.Length; i++)
            {
                // The library hands in the same objects each time: most times that is all there is to compare.
                if ((!ReferenceEquals(own[i].Key, attributes[i].Key) && own[i].Key != attributes[i].Key)
                    || (!ReferenceEquals(own[i].Value, attributes[i].Value) && !Equals(own[i].Value, attributes[i].Value)))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
