namespace LlmObservability.Queries;

/// <summary>The values of the fields by which calls are grouped, in text form. Immutable; equal by value, ordered by code point with missing values last.</summary>
internal sealed class GroupKey(string?[] values) : IEquatable<GroupKey>, IComparable<GroupKey>
{
    public IReadOnlyList<string?> Values { get; } = values.AsReadOnly();

    public bool Equals(GroupKey? other) => other is not null && Values.SequenceEqual(other.Values, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as GroupKey);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in Values)
        {
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    public int CompareTo(GroupKey? other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < Values.Count; i++)
        {
            var order = (Values[i], other.Values[i]) switch
            {
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
                var (left, right) => LlmValue.CompareText(left, right),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
