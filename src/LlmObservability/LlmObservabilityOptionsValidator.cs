using LlmObservability.Pricing;
using LlmObservability.Tags;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmObservability;

/// <summary>Says in one sentence each what to change. The ranges are those that the options document.</summary>
internal sealed class LlmObservabilityOptionsValidator : IValidateOptions<LlmObservabilityOptions>
{
    private const int ShortestKey = 16;
    private const int MostMetricTags = 8;

    private static readonly string[] IdKeys =
        ["id", "requestid", "xrequestid", "callid", "traceid", "spanid", "correlationid", "messageid", "responseid"];

    private static readonly KnownTag[] Unbounded =
        [KnownTag.User, KnownTag.Tenant, KnownTag.Session, KnownTag.Conversation, KnownTag.Episode, KnownTag.QueueWait];

    public ValidateOptionsResult Validate(string? name, LlmObservabilityOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    public static void ThrowIfInvalid(LlmObservabilityOptions options)
    {
        var failures = Failures(options).ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(LlmObservabilityOptions), failures);
        }
    }

    private static IEnumerable<string> Failures(LlmObservabilityOptions options)
    {
        var (users, tags, pipeline) = (options.UserIds, options.Tags, options.Pipeline);
        return new[]
        {
            Range("AbandonedStreamTimeout", options.AbandonedStreamTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            users.HashKey is { Length: < ShortestKey } ? $"Set LlmObservability:UserIds:HashKey to at least {ShortestKey} characters." : null,
            users is { HashKey: not null, StorePlain: true } ? "Set either LlmObservability:UserIds:HashKey or StorePlain, not both." : null,
            Range("UserIds:CacheSize", users.CacheSize, 0, 1_000_000),
            Range("Tags:MaxCount", tags.MaxCount, 0, 256),
            Range("Tags:MaxKeyLength", tags.MaxKeyLength, 1, 256),
            Range("Tags:MaxValueLength", tags.MaxValueLength, 1, 4096),
            Range("Pipeline:MaxQueueItems", pipeline.MaxQueueItems, 1, 10_000_000),
            Range("Pipeline:MaxQueueBytes", pipeline.MaxQueueBytes, 64 * 1024, long.MaxValue),
            Range("Pipeline:MaxBatchItems", pipeline.MaxBatchItems, 1, 100_000),
            Range("Pipeline:MaxBatchBytes", pipeline.MaxBatchBytes, 4 * 1024, long.MaxValue),
            Range("Pipeline:FlushInterval", pipeline.FlushInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            Range("Pipeline:WriteTimeout", pipeline.WriteTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
            Range("Pipeline:RetryDelay", pipeline.RetryDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            Range("Pipeline:MaxRetryDelay", pipeline.MaxRetryDelay, pipeline.RetryDelay, TimeSpan.FromHours(1)),
            Range("Pipeline:ShutdownTimeout", pipeline.ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
            Range("Pipeline:CommitTimeout", pipeline.CommitTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)),
            Range("Pipeline:MaxFullWait", pipeline.MaxFullWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            Range("Pipeline:MaxSpoolBytes", pipeline.MaxSpoolBytes, 1024 * 1024, long.MaxValue),
            Range("Pipeline:MaxSpoolAge", pipeline.MaxSpoolAge, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30)),
            Range("Pipeline:SpillAfter", pipeline.SpillAfter, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)),
            pipeline.Durability is not { } durability || Enum.IsDefined(durability)
                ? null : "Set LlmObservability:Pipeline:Durability to Memory, Spill, WriteAhead or WriteAheadSynchronous.",
            pipeline.Durability is null or LlmDurability.Memory || !string.IsNullOrWhiteSpace(pipeline.Directory)
                ? null : $"Set LlmObservability:Pipeline:Directory to a folder for the spool, or Durability to Memory; {pipeline.Durability} needs one.",
            Enum.IsDefined(pipeline.WhenFull) ? null : "Set LlmObservability:Pipeline:WhenFull to DropNewest, DropOldest or Wait.",
            Enum.IsDefined(pipeline.Acknowledgement) ? null : "Set LlmObservability:Pipeline:Acknowledgement to Background or Committed.",
            options.CallLogLevel is not { } level || Enum.IsDefined(level)
                ? null : "Set LlmObservability:CallLogLevel to Trace, Debug, Information, Warning, Error, Critical or None.",
            Range("Telemetry:MaxMetricSeries", options.Telemetry.MaxMetricSeries, 10, 100_000),
            MetricTags(options.Telemetry),
            Prices(options),
        }.OfType<string>();
    }

    private static string? Range<T>(string name, T value, T least, T most)
        where T : struct, IComparable<T>
    {
        return value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? null
            : $"Set LlmObservability:{name} to a value from {least} to {most}; it is {value}.";
    }

    private static string? MetricTags(LlmTelemetryOptions telemetry)
    {
        var unbounded = telemetry.MetricTags.Where(IsUnbounded).ToList();
        return unbounded.Count > 0
            ? $"Take {string.Join(", ", unbounded)} out of LlmObservability:Telemetry:MetricTags; its values have no bound."
            : telemetry.MetricTags.Any(string.IsNullOrWhiteSpace) || telemetry.MetricTags.Count > MostMetricTags
                ? $"Set LlmObservability:Telemetry:MetricTags to at most {MostMetricTags} keys, none of them empty."
                : null;
    }

    private static bool IsUnbounded(string? key)
    {
        return key is not null && (Unbounded.Contains(KnownTags.Resolve(key))
            || IdKeys.Contains(string.Concat(key.Where(char.IsLetterOrDigit)), StringComparer.OrdinalIgnoreCase));
    }

    private static string? Prices(LlmObservabilityOptions options)
    {
        try
        {
            PriceBook.Load(options);
            return null;
        }
        catch (PriceCatalogException error)
        {
            return $"Correct LlmObservability:Prices, Deployments, PriceFile or CatalogFile: {error.Message}";
        }
    }
}
