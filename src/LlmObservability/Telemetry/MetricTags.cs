namespace LlmObservability.Telemetry;

/// <summary>The allow-listed tags of a call as metric attributes. Equal when all values are.</summary>
internal sealed class MetricTags(KeyValuePair<string, object?>[] attributes) : IEquatable<MetricTags>
{
    public static readonly MetricTags None = new([]);

    public ReadOnlySpan<KeyValuePair<string, object?>> Attributes => attributes;

    public bool Equals(MetricTags? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || other.Attributes.Length != attributes.Length)
        {
            return false;
        }

        for (var i = 0; i < attributes.Length; i++)
        {
            if (attributes[i].Key != other.Attributes[i].Key || !Equals(attributes[i].Value, other.Attributes[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as MetricTags);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var attribute in attributes)
        {
            hash.Add(attribute.Value);
        }

        return hash.ToHashCode();
    }
}
