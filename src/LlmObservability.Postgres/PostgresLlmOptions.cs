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
    /// Whether aggregates and distinct values are answered from sums where these can: over any time in milliseconds. Off, all is
    /// read from the calls. Default true.
    /// </summary>
    public bool Rollups { get; set; } = true;

    /// <summary>
    /// How much time of calls a query reads at most when no sum and no index answers it: that of an aggregate, of distinct values,
    /// and of a list that is searched. A wider or open window is answered for its newest part, and the answer says so
    /// (<c>CappedFrom</c>). Default 7 days; 1 hour to 3,660 days.
    /// </summary>
    public TimeSpan MaxScanWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Keys of own tags whose values are summed like users are, so that cost by such a tag is answered at once; case-sensitive.
    /// Each adds a row a value and hour, and up to one a call to each batch. At most 16. Default none.
    /// </summary>
    public IList<string> RollupTags { get; set; } = [];

    /// <summary>
    /// How many connections writing and what the store does behind it may have open, apart from those of who reads; for connections
    /// of the library's own. A write takes one, a partition that is missing and the upkeep one each; one more is room for a write that was
    /// given up. Default 4; 3 to 100.
    /// </summary>
    public int MaxWriteConnections { get; set; } = 4;

    /// <summary>
    /// Where queries go, if not where is written: a read replica, for connections of the library's own. It shows what has arrived
    /// there. A secret where it holds a password: never logged. Default null.
    /// </summary>
    public string? ReadConnectionString { get; set; }

    /// <summary>
    /// How often what batches added to the rollups is folded into their minutes, hours and days. Readers see it before too; the longer
    /// this is, the more rows they add up. Default 10 s; 1 s to 5 minutes.
    /// </summary>
    public TimeSpan RollupInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Of how many users, and values of each of <see cref="RollupTags"/>, a process keeps sums a day; those beyond share one.
    /// Default 10,000; 1 to 1,000,000.
    /// </summary>
    public int MaxRollupValues { get; set; } = 10_000;

    /// <summary>
    /// The bound on one statement. By the clock, whatever the driver does, a write, a query or a page of an export is given up
    /// after twice that, and preparing, migrations included, after ten times. Default 30 s; 1 s to 1 hour.
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
            RollupTags is { Count: <= 16 } && RollupTags.All(key => key is { Length: > 0 and <= 256 }),
            nameof(RollupTags),
            "must be at most 16 tag keys of 1 to 256 characters");
        Require(MaxWriteConnections is >= 3 and <= 100, nameof(MaxWriteConnections), "must be between 3 and 100");
        Require(
            MaxScanWindow >= TimeSpan.FromHours(1) && MaxScanWindow <= TimeSpan.FromDays(3660),
            nameof(MaxScanWindow),
            "must be between 1 hour and 10 years");
        Require(
            RollupInterval >= TimeSpan.FromSeconds(1) && RollupInterval <= TimeSpan.FromMinutes(5),
            nameof(RollupInterval),
            "must be between 1 second and 5 minutes");
        Require(MaxRollupValues is >= 1 and <= 1_000_000, nameof(MaxRollupValues), "must be between 1 and 1,000,000");
        Require(
            CommandTimeout >= TimeSpan.FromSeconds(1) && CommandTimeout <= TimeSpan.FromHours(1),
            nameof(CommandTimeout),
            "must be between 1 second and 1 hour");
    }

    internal PostgresLlmOptions Copy()
    {
        var copy = (PostgresLlmOptions)MemberwiseClone();
        copy.RollupTags = [.. RollupTags ?? []];
        return copy;
    }

    private static void Require(bool condition, string option, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"{SectionName}:{option} {message}.", option);
        }
    }
}
