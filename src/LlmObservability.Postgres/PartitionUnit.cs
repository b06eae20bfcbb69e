namespace LlmObservability.Postgres;

/// <summary>How long a time one partition holds, in UTC. It may be changed at any time: new partitions fit in between those that are there.</summary>
public enum PartitionUnit
{
    /// <summary>A day.</summary>
    Day,

    /// <summary>A week, from Monday on.</summary>
    Week,

    /// <summary>A calendar month.</summary>
    Month,
}
