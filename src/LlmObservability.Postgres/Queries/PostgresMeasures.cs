using System.Buffers.Binary;
using System.Globalization;
using LlmObservability.Queries;
using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>The measures of a set of rows: their SQL, and how it is read back.</summary>
internal static class PostgresMeasures
{
    private static readonly string[] Counts =
    [
        "count(*)",
        "count(*) FILTER (WHERE outcome = 'completed')",
        "count(*) FILTER (WHERE outcome = 'failed')",
        "count(*) FILTER (WHERE outcome = 'cancelled')",
        "count(*) FILTER (WHERE outcome = 'abandoned')",
        "count(*) FILTER (WHERE streaming)",
        "count(*) FILTER (WHERE cached)",
        "count(*) FILTER (WHERE usage_source = 'reported')",
        "count(*) FILTER (WHERE usage_source = 'estimated')",
        "count(*) FILTER (WHERE usage_source = 'missing')",
        "count(cost_nanos)",
        Sum("attempt_count"),
        Sum("tool_call_count"),
        "count(schema_validated)",
        "count(*) FILTER (WHERE NOT schema_validated)",
        Sum("input_tokens"),
        Sum("output_tokens"),
        Sum("uncached_input_tokens"),
        Sum("cache_read_tokens"),
        Sum("cache_write_5m_tokens"),
        Sum("cache_write_1h_tokens"),
        Sum("visible_output_tokens"),
        Sum("reasoning_tokens"),
        Sum("cost_input_nanos"),
        Sum("cost_cached_input_nanos"),
        Sum("cost_output_nanos"),
        Sum("cost_fees_nanos"),
    ];

    private static readonly string[] Distributions = ["duration_us", "time_to_first_token_us", "output_tokens", "output_tokens_per_second", "queue_wait_us"];

    // But for the histogram.
    private const int DistributionColumns = 7;

    private static readonly string Bounds =
        $"'{{{string.Join(',', LlmHistogram.Bounds.Select(bound => bound.ToString("R", CultureInfo.InvariantCulture)))}}}'::double precision[]";

    /// <summary>The columns that are measured.</summary>
    public const string Columns =
        "outcome, streaming, cached, usage_source, attempt_count, tool_call_count, schema_validated, input_tokens, output_tokens, "
        + "uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, visible_output_tokens, reasoning_tokens, "
        + "duration_us, time_to_first_token_us, output_tokens_per_second, queue_wait_us, "
        + "cost_nanos, cost_input_nanos, cost_cached_input_nanos, cost_output_nanos, cost_fees_nanos";

    /// <summary>The select list.</summary>
    public static string Sql(bool percentiles, bool histograms) =>
        string.Join(", ", Counts.Concat(Distributions.SelectMany(column => Distribution(column, percentiles, histograms))));

    /// <summary>What makes a group large.</summary>
    public static string Sql(LlmTopBy topBy) => topBy switch
    {
        LlmTopBy.Cost => "coalesce(sum(cost_nanos), 0)",
        LlmTopBy.Tokens => "coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0)",
        LlmTopBy.Failed => "count(*) FILTER (WHERE outcome = 'failed')",
        LlmTopBy.Duration => "coalesce(sum(duration_us), 0)",
        _ => "count(*)",
    };

    /// <summary>The measures in the columns of <see cref="Sql(bool, bool)"/> from this one on.</summary>
    public static LlmMeasures Read(NpgsqlDataReader reader, int first, bool histograms)
    {
        var next = first;
        long Count() => reader.GetInt64(next++);
        LlmDistribution Distribution()
        {
            var distribution = ReadDistribution(reader, next, histograms);
            next += histograms ? DistributionColumns + 1 : DistributionColumns;
            return distribution;
        }

        return new LlmMeasures
        {
            Calls = Count(),
            Completed = Count(),
            Failed = Count(),
            Cancelled = Count(),
            Abandoned = Count(),
            Streaming = Count(),
            Cached = Count(),
            UsageReported = Count(),
            UsageEstimated = Count(),
            UsageMissing = Count(),
            Priced = Count(),
            Attempts = Count(),
            ToolCalls = Count(),
            SchemaChecked = Count(),
            SchemaFailures = Count(),
            InputTokens = Count(),
            OutputTokens = Count(),
            UncachedInputTokens = Count(),
            CacheReadTokens = Count(),
            CacheWrite5mTokens = Count(),
            CacheWrite1hTokens = Count(),
            VisibleOutputTokens = Count(),
            ReasoningTokens = Count(),
            Cost = new LlmCost
            {
                InputNanos = Count(),
                CachedInputNanos = Count(),
                OutputNanos = Count(),
                FeesNanos = Count(),
            },
            Duration = Distribution(),
            TimeToFirstToken = Distribution(),
            OutputLength = Distribution(),
            OutputTokensPerSecond = Distribution(),
            QueueWait = Distribution(),
        };
    }

    /// <summary>A distribution in the columns of <see cref="Distribution"/> from this one on.</summary>
    public static LlmDistribution ReadDistribution(NpgsqlDataReader reader, int first, bool histogram)
    {
        double? Number(int column) => reader.IsDBNull(first + column) ? null : reader.GetDouble(first + column);
        return new LlmDistribution
        {
            Count = reader.GetInt64(first),
            Sum = Number(1) ?? 0,
            Min = Number(2),
            Max = Number(3),
            P50 = Number(4),
            P95 = Number(5),
            P99 = Number(6),
            Histogram = !histogram || reader.IsDBNull(first + DistributionColumns) ? null
                : BinsOf(reader.GetFieldValue<byte[]>(first + DistributionColumns)),
        };
    }

    /// <summary>Only what was asked for.</summary>
    public static LlmMeasures Only(this LlmMeasures measures, LlmMeasureSet set) => set == LlmMeasureSet.All ? measures : new LlmMeasures
    {
        Calls = measures.Calls,
        Priced = measures.Priced,
        InputTokens = measures.InputTokens,
        OutputTokens = measures.OutputTokens,
        Cost = measures.Cost,
    };

    private static IReadOnlyList<LlmHistogramBin> BinsOf(ReadOnlySpan<byte> places)
    {
        Span<long> counts = stackalloc long[LlmHistogram.Bounds.Count];
        counts.Clear();
        for (; places.Length > 0; places = places[sizeof(short)..])
        {
            counts[Math.Clamp(BinaryPrimitives.ReadInt16BigEndian(places) - 1, 0, counts.Length - 2)]++;
        }

        return LlmHistogram.ToBins(counts);
    }

    private static string Sum(string column) => $"coalesce(sum({column}), 0)::bigint";

    /// <summary>The select list of one distribution.</summary>
    public static IEnumerable<string> Distribution(string column, bool percentiles, bool histograms)
    {
        yield return $"count({column})";
        yield return $"sum({column})::double precision";
        yield return $"min({column})::double precision";
        yield return $"max({column})::double precision";
        foreach (var share in new[] { 0.5, 0.95, 0.99 })
        {
            // Nearest rank, exact; the server sorts once for the three.
            yield return percentiles
                ? string.Create(CultureInfo.InvariantCulture, $"(percentile_disc({share}) WITHIN GROUP (ORDER BY {column}))::double precision")
                : "NULL::double precision";
        }

        if (histograms)
        {
            // The place of each value's bin, from 1: two bytes a call, read once with all else.
            yield return $"string_agg(int2send(width_bucket({column}::double precision, {Bounds})::smallint), '')";
        }
    }
}
