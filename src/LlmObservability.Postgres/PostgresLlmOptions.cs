namespace LlmObservability.Postgres;

/// <summary>What happens to the schema when the sink is prepared.</summary>
public enum SchemaMode
{
    /// <summary>Missing migrations are applied; any number of processes may do so at once.</summary>
    Apply,

    /// <summary>The schema must be there and current; nothing is changed.</summary>
    Check,

    /// <summary>Nothing is looked at.</summary>
    None,
}

/// <summary>
/// Options of the PostgreSQL store. Bound from the configuration section <c>LlmObservability:Postgres</c> where there is
/// one, then from code; validated when the store is created.
/// </summary>
public sealed class PostgresLlmOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "LlmObservability:Postgres";

    /// <summary>The schema that holds everything; 1 to 63 bytes, any characters but NUL. Default <c>llm</c>.</summary>
    public string Schema { get; set; } = "llm";

    /// <summary>What happens to the schema when the sink is prepared. Default <see cref="SchemaMode.Apply"/>.</summary>
    public SchemaMode SchemaMode { get; set; } = SchemaMode.Apply;

    /// <summary>How long a partition of calls, and of the amendments to them, holds. Default <see cref="PartitionUnit.Day"/>.</summary>
    public PartitionUnit CallPartitions { get; set; } = PartitionUnit.Day;

    /// <summary>How long a partition of attempts holds. Default <see cref="PartitionUnit.Day"/>.</summary>
    public PartitionUnit AttemptPartitions { get; set; } = PartitionUnit.Day;

    /// <summary>How long a partition of tool calls holds. Default <see cref="PartitionUnit.Day"/>.</summary>
    public PartitionUnit ToolCallPartitions { get; set; } = PartitionUnit.Day;

    /// <summary>
    /// How long calls are kept: partitions that are wholly older are removed. A call that began before, or more than a day ahead, is
    /// put aside, and what was put aside is deleted after as long. Of several instances the shortest counts. Default 90 days;
    /// 1 day to 10 years.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long aggregates by the hour are kept, whose calls may be gone. Of several instances the shortest counts. Default 800 days; 31 days to 10 years.</summary>
    public TimeSpan RollupRetention { get; set; } = TimeSpan.FromDays(800);

    /// <summary>
    /// How long the store remembers what a writer committed after its last commit. A spool from before that is refused, since
    /// what was committed of it is no longer known; so this is at least a day longer than
    /// <see cref="LlmPipelineOptions.MaxSpoolAge"/>. Of several instances the shortest counts. Default 30 days; 8 days to 1 year.
    /// </summary>
    public TimeSpan LedgerRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// The bound on one statement. By the clock, whatever the driver does, a write, a query or a page of an export is given up
    /// after twice that, and preparing after ten times. Default 30 s; 1 s to 1 hour.
    /// </summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal int CommandTimeoutSeconds => (int)Math.Ceiling(CommandTimeout.TotalSeconds);

    internal TimeSpan OperationLimit => 2 * CommandTimeout;

    internal TimeSpan PrepareLimit => 10 * CommandTimeout;

    /// <summary>Throws when an option is out of its range.</summary>
    /// <exception cref="ArgumentException">Says which option, and what would be right.</exception>
    public void Validate()
    {
        PostgresNames.ThrowIfInvalid(Schema, nameof(Schema));
        Require(Enum.IsDefined(SchemaMode), nameof(SchemaMode), "must be Apply, Check or None");
        Require(Enum.IsDefined(CallPartitions), nameof(CallPartitions), "must be Day, Week or Month");
        Require(Enum.IsDefined(AttemptPartitions), nameof(AttemptPartitions), "must be Day, Week or Month");
        Require(Enum.IsDefined(ToolCallPartitions), nameof(ToolCallPartitions), "must be Day, Week or Month");
        Require(
            Retention >= TimeSpan.FromDays(1) && Retention <= TimeSpan.FromDays(3660),
            nameof(Retention),
            "must be between 1 day and 10 years");
        Require(
            RollupRetention >= TimeSpan.FromDays(31) && RollupRetention <= TimeSpan.FromDays(3660),
            nameof(RollupRetention),
            "must be between 31 days and 10 years");
        Require(
            LedgerRetention >= TimeSpan.FromDays(8) && LedgerRetention <= TimeSpan.FromDays(366),
            nameof(LedgerRetention),
            "must be between 8 days and 1 year");
        Require(
            CommandTimeout >= TimeSpan.FromSeconds(1) && CommandTimeout <= TimeSpan.FromHours(1),
            nameof(CommandTimeout),
            "must be between 1 second and 1 hour");
    }

    internal PostgresLlmOptions Copy() => (PostgresLlmOptions)MemberwiseClone();

    private static void Require(bool condition, string option, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"{SectionName}:{option} {message}.", option);
        }
    }
}
