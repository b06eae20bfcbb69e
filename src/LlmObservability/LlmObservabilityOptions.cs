using LlmObservability.Pricing;
using Microsoft.Extensions.Logging;

namespace LlmObservability;

/// <summary>
/// Options of the whole library. Bound from the configuration section <c>LlmObservability</c> where there is one, then
/// from code; validated when the host starts. <see cref="Enabled"/> and <see cref="Sinks"/>' <c>Enabled</c> are read anew
/// whenever the configuration changes; everything else counts from start-up.
/// </summary>
public sealed class LlmObservabilityOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "LlmObservability";

    /// <summary>Whether calls are observed at all. Default true; can be switched while running.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The service's name, a column of every call that has no such tag. Default: the host's application name, if there is a host.</summary>
    public string? Service { get; set; }

    /// <summary>The service's version. Default: none.</summary>
    public string? ServiceVersion { get; set; }

    /// <summary>The deployment environment. Default: the host's environment name, if there is a host.</summary>
    public string? Environment { get; set; }

    /// <summary>How user ids are kept.</summary>
    public LlmUserIdOptions UserIds { get; set; } = new();

    /// <summary>Bounds on tags.</summary>
    public LlmTagOptions Tags { get; set; } = new();

    /// <summary>Spans and metrics.</summary>
    public LlmTelemetryOptions Telemetry { get; set; } = new();

    /// <summary>A stream that its consumer neither reads nor disposes for this long is recorded as abandoned. Default 10 minutes; 1 second to 1 day.</summary>
    public TimeSpan AbandonedStreamTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether answers asked for as JSON are checked against their schema (docs/structured-output.md). Default true; calls that
    /// ask for text pay nothing either way.
    /// </summary>
    public bool CheckJsonAnswers { get; set; } = true;

    /// <summary>
    /// Whether a stream that ended before its provider told its usage gets a lower bound of tokens and cost, from the text
    /// that was seen, marked <see cref="LlmUsageSource.Estimated"/> (docs/pricing.md). Default true; when false, such a
    /// stream has what was told, or nothing.
    /// </summary>
    public bool EstimateUsage { get; set; } = true;

    /// <summary>
    /// Whether the application's own log lines inside a call carry the call's id: a logging scope around the inner client with
    /// <c>llm_observability.call.id</c>. It is there in tools that run inside, after awaits and in each step of a stream, and
    /// never in the caller. Default false. Providers show scopes only where they are told to (<c>IncludeScopes</c>).
    /// </summary>
    public bool CallLogScope { get; set; }

    /// <summary>
    /// The level of the one log event of each call, in the category <c>LlmObservability.Calls</c>: its id, trace, model, outcome,
    /// tokens, cost, times and tags as properties named like the attributes of spans, never content (docs/aspnetcore.md).
    /// It is written in the caller's time, once the record is on its way: a provider that writes slowly makes calls slower.
    /// Default null: none is written, nor with <see cref="LogLevel.None"/>.
    /// </summary>
    public LogLevel? CallLogLevel { get; set; }

    /// <summary>The queue and batches of each sink.</summary>
    public LlmPipelineOptions Pipeline { get; set; } = new();

    /// <summary>Own prices; they win over the catalog's. Of several that match, the closest name wins, and the last among equals. Default none.</summary>
    public IList<PriceOverride> Prices { get; } = [];

    /// <summary>Which models own names stand for: deployments, aliases, fine-tuned models. Of several that match, the closest name wins, and the last among equals. Default none.</summary>
    public IList<ModelDeployment> Deployments { get; } = [];

    /// <summary>
    /// Path of a catalog (schema <c>llm-prices/1</c>) that takes the place of the one that comes with the library, so that
    /// new prices need no new version. Looked at every 5 seconds and read anew when it changed; a wrong file is an error at
    /// start, and later leaves the old prices in force. Default none.
    /// </summary>
    public string? CatalogFile { get; set; }

    /// <summary>
    /// Path of a JSON file of own prices and deployments, which win over those of the options. Looked at every 5 seconds and
    /// read anew when it changed; a wrong file is an error at start, and later leaves the old prices in force. Default none.
    /// </summary>
    public string? PriceFile { get; set; }

    /// <summary>
    /// Reads what a provider told of a bill from its own object, the <c>RawRepresentation</c> of a response or of an update
    /// of a stream, where the adapter does not hand it on: a split of cache writes, a tier, a place. Null for nothing. Called
    /// on the call's own path for each such object, several calls at once: keep it short. What it throws is counted, and the
    /// call is recorded without it. Default none.
    /// </summary>
    public Func<object, LlmBilling?>? ReadBilling { get; set; }

    /// <summary>Settings by sink name (<c>memory</c>, <c>postgres</c> …); a sink without an entry is enabled.</summary>
    public IDictionary<string, LlmSinkOptions> Sinks { get; } = new Dictionary<string, LlmSinkOptions>(StringComparer.OrdinalIgnoreCase);

}

/// <summary>How user ids are kept: hashed with a key, plain, or (without either) not at all.</summary>
public sealed class LlmUserIdOptions
{
    /// <summary>Key of the HMAC-SHA256 over user ids; at least 16 characters. Default none: user ids are then not stored. A secret: never logged.</summary>
    public string? HashKey { get; set; }

    /// <summary>Stores user ids as they are. Default false. Excludes <see cref="HashKey"/>.</summary>
    public bool StorePlain { get; set; }

    /// <summary>How many hashed ids are remembered. Default 10,000; 0 to 1,000,000.</summary>
    public int CacheSize { get; set; } = 10_000;
}

/// <summary>Bounds on tags. What exceeds them is cut and counted, never thrown.</summary>
public sealed class LlmTagOptions
{
    /// <summary>The most own tags of a call. Default 32; 0 to 256.</summary>
    public int MaxCount { get; set; } = 32;

    /// <summary>The longest key, in characters. Default 64; 1 to 256.</summary>
    public int MaxKeyLength { get; set; } = 64;

    /// <summary>The longest value, in characters. Default 256; 1 to 4,096.</summary>
    public int MaxValueLength { get; set; } = 256;
}

/// <summary>Settings of one sink that can change while running.</summary>
public sealed class LlmSinkOptions
{
    /// <summary>Whether the sink takes calls. Default true.</summary>
    public bool Enabled { get; set; } = true;
}

/// <summary>What a full queue drops.</summary>
public enum LlmFullPolicy
{
    /// <summary>The envelope that comes: the caller does no further work, and what was promised first is kept.</summary>
    DropNewest,

    /// <summary>The envelope that waits longest.</summary>
    DropOldest,

    /// <summary>
    /// None at first: the call waits for room, asynchronously, up to <see cref="LlmPipelineOptions.MaxFullWait"/>; then its
    /// envelope is dropped. Where nobody can wait (a stream disposed synchronously, an amendment), only the envelope does.
    /// </summary>
    Wait,
}

/// <summary>What a crash or an outage may cost. docs/reliability.md has the argument and the figures.</summary>
public enum LlmDurability
{
    /// <summary>Records wait in memory alone. A crash loses those; an outage that outlasts the queue drops by policy, and counts.</summary>
    Memory,

    /// <summary>
    /// As <see cref="Memory"/> while the sink is healthy. When it fails or lags, records go to a spool on disk, in order, and
    /// are replayed: an outage loses nothing within the spool's bounds. A crash loses what was in memory: at most
    /// <see cref="LlmPipelineOptions.SpillAfter"/>, and half of the queue's bounds.
    /// </summary>
    Spill,

    /// <summary>
    /// Every record is logged on disk at once, in groups, behind the call. A crash loses at most what came since the last
    /// group was begun: one write and flush to disk. While the sink keeps up nothing is read back.
    /// </summary>
    WriteAhead,

    /// <summary>As <see cref="WriteAhead"/>, and a call returns once its record is on disk. After <see cref="LlmPipelineOptions.CommitTimeout"/>, and while the disk refuses, it returns all the same, which is counted.</summary>
    WriteAheadSynchronous,
}

/// <summary>When a call returns.</summary>
public enum LlmAcknowledgement
{
    /// <summary>At once; its record is written in the background.</summary>
    Background,

    /// <summary>Once every enabled sink has committed its record, or <see cref="LlmPipelineOptions.CommitTimeout"/> is over.</summary>
    Committed,
}

/// <summary>The queue and batches of each sink. Each sink has a queue of its own of these bounds.</summary>
public sealed class LlmPipelineOptions
{
    /// <summary>The most envelopes that wait. Default 65,536; 1 to 10,000,000.</summary>
    public int MaxQueueItems { get; set; } = 65_536;

    /// <summary>The most bytes that wait, by estimate. Default 64 MiB; at least 64 KiB.</summary>
    public long MaxQueueBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>What a full queue drops. Default <see cref="LlmFullPolicy.DropNewest"/>.</summary>
    public LlmFullPolicy WhenFull { get; set; }

    /// <summary>With <see cref="LlmFullPolicy.Wait"/>: the longest a call waits for room, and never longer than <see cref="CommitTimeout"/>. Default 1 s; 1 ms to 1 minute.</summary>
    public TimeSpan MaxFullWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What a crash or an outage may cost. Null, the default, is <see cref="LlmDurability.Spill"/> where <see cref="Directory"/>
    /// is set, else <see cref="LlmDurability.Memory"/>. A store that keeps calls on this machine itself needs no spool and has none.
    /// </summary>
    public LlmDurability? Durability { get; set; }

    /// <summary>
    /// Where the spool of each sink lies, in a folder of the sink's name, made if need be and readable by its owner only. One
    /// process at a time: give each its own. Must survive a restart to be of use. Default none.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// The most bytes of a sink's spool. A full spool takes no more, so that the queue fills, and drops by
    /// <see cref="WhenFull"/>; with <see cref="LlmFullPolicy.DropOldest"/> the oldest records on disk give way. Default 1 GiB; at least 1 MiB.
    /// </summary>
    public long MaxSpoolBytes { get; set; } = 1024 * 1024 * 1024;

    /// <summary>
    /// The longest a record stays in the spool; older ones are dropped, counted and told. A store that recognises what it
    /// committed must remember longer than this. Default 7 days; 1 minute to 30 days.
    /// </summary>
    public TimeSpan MaxSpoolAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>With <see cref="LlmDurability.Spill"/>: what waits in memory for longer goes to disk. Default 2 s; 10 ms to 10 minutes.</summary>
    public TimeSpan SpillAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The most envelopes of a batch. Default 1,000; 1 to 100,000.</summary>
    public int MaxBatchItems { get; set; } = 1_000;

    /// <summary>The most bytes of a batch, by estimate. Default 4 MiB; at least 4 KiB.</summary>
    public long MaxBatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How often the reader looks; so long, at most, a call waits for its batch. Default 200 ms; 1 ms to 1 minute. A full batch is not waited for.</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Wall-clock bound of one write. Default 30 s; 100 ms to 10 minutes.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>First pause after a failed write; it doubles each time, with jitter, up to <see cref="MaxRetryDelay"/>. Default 500 ms; 1 ms to 1 minute.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between retries. Default 30 s; at least <see cref="RetryDelay"/>, at most 1 hour.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The budget for writing what waits when the host stops. Default 10 s; 0 to 10 minutes. What remains is counted as dropped.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When a call returns. Default <see cref="LlmAcknowledgement.Background"/>.</summary>
    public LlmAcknowledgement Acknowledgement { get; set; }

    /// <summary>With <see cref="LlmAcknowledgement.Committed"/>: the longest a call waits for the commit; then it returns all the same, and that is counted. Default 5 s; 1 ms to 10 minutes.</summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the host's start fails when a sink cannot be prepared. Default false: calls go on, and the sink is prepared when it can be.</summary>
    public bool FailFast { get; set; }
}
