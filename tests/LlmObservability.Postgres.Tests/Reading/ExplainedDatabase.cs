using System.Globalization;
using System.Text.RegularExpressions;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Reading;

/// <summary>
/// Sixty thousand calls over thirty days in daily partitions, with their rollups, in a database whose server tells the plan of each statement.
/// </summary>
public sealed partial class ExplainedDatabase(PostgresServer server) : PostgresDatabase(server)
{
    public const int Days = 30;
    private const int CallsADay = 2_000;

    private NpgsqlDataSource? _generic;
    private NpgsqlDataSource? _literal;

    /// <summary>Midnight at the end of the last day.</summary>
    public DateTimeOffset End { get; } = new(DateTimeOffset.UtcNow.UtcDateTime.Date, TimeSpan.Zero);

    public NpgsqlDataSource Source => DataSource;

    internal PostgresNames Names { get; } = new("llm");

    internal PostgresLlmOptions Options { get; } = new() { RollupTags = ["plan"] };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await using var store = await PreparedAsync(Options);
        var days = Enumerable.Range(1, Days).Select(day => End.AddDays(-day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        var first = End.AddDays(-Days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await ExecuteAsync($"SELECT llm.ensure_partitions('{string.Join(',', days)}')");
        await ExecuteAsync(
            $$"""
            INSERT INTO llm.calls (
              id, started_at, duration_us, provider_time_us, attempt_count, tool_call_count, streaming, cached, outcome, operation, output_type,
              usage_source, cost_reason, input_tokens, output_tokens, uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens,
              cache_write_1h_tokens, visible_output_tokens, reasoning_tokens, cost_nanos, cost_input_nanos, cost_cached_input_nanos,
              cost_output_nanos, cost_fees_nanos, model, provider, route, tenant, environment, "user", session, conversation, trace_id, tags)
            SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid,
              t, 1000 + n % 977, 900, 1, 0, n % 2 = 0, FALSE, CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END, 'chat', 'text',
              'reported', 'priced', 100, 10, 100, 0, 0, 0, 10, 0, 4, 1, 1, 1, 1,
              'model-' || n % 7, 'openai', '/' || n % 5, 'tenant-' || n % 20, 'production', 'user-' || n % 500, 'session-' || n / 8, 'conversation-' || n / 4, md5(n::text),
              jsonb_build_object('plan', CASE WHEN n % 2 = 0 THEN 'pro' ELSE 'free' END)
                || CASE WHEN n % 100 = 1 THEN '{"job": "common"}' WHEN n % 20000 = 7 THEN '{"job": "rare"}' ELSE '{}' END::jsonb
            FROM (
              SELECT n, timestamptz '{{first}} 00:00:00+00' + n * interval '1 day' / {{CallsADay}} AS t
              FROM generate_series(0, {{Days * CallsADay}} - 1) n) s
            """);
        await ExecuteAsync(
            """
            INSERT INTO llm.tool_calls (call_id, call_started_at, ordinal, started_at, duration_us, name, type, outcome)
            SELECT id, started_at, 1, started_at, 1000, 'tool-' || duration_us % 7, 'function', 'completed' FROM llm.calls WHERE duration_us % 3 = 0
            """);
        await store.RebuildRollupsAsync(DateOnly.FromDateTime(End.AddDays(-Days).UtcDateTime), DateOnly.FromDateTime(End.UtcDateTime), Token);
        await ExecuteAsync("ANALYZE");
        _literal = NpgsqlDataSource.Create(ConnectionString);
        _generic = NpgsqlDataSource.Create(
            ConnectionString + ";Max Auto Prepare=50;Auto Prepare Min Usages=1;Options=-c plan_cache_mode=force_generic_plan");
    }

    public override async ValueTask DisposeAsync()
    {
        await _literal!.DisposeAsync();
        await _generic!.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Asks something, and returns how its statements were carried out: the settings of its session left out.</summary>
    /// <param name="generic">Whether statements are prepared with a plan for any values.</param>
    /// <param name="ask">Asks.</param>
    internal async Task<string> ExplainAsync(bool generic, Func<PostgresAsking, CancellationToken, Task> ask)
    {
        await using var connection = await (generic ? _generic! : _literal!).OpenConnectionAsync(Token);
        await using (var load = new NpgsqlCommand(
            """
            LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;
            SET auto_explain.log_level = notice
            """,
            connection))
        {
            await load.ExecuteNonQueryAsync(Token);
        }

        List<string> plans = [];
        connection.Notice += (_, notice) => plans.Add(notice.Notice.MessageText);
        var asking = new PostgresAsking(connection, 60);
        await ask(asking, Token);
        plans.Clear();

        // The second time it is prepared.
        await ask(asking, Token);
        var told = plans.Where(plan => !plan.Contains("set_config", StringComparison.Ordinal)).ToList();
        told.ShouldNotBeEmpty();
        return string.Join("\n", told);
    }

    /// <summary>The nodes that read something, were carried out, and are of calls, as <c>Index Scan using X on calls_20260102</c>.</summary>
    public static IReadOnlyList<string> Scans(string plan) =>
        [.. plan.Split('\n').Where(line => !line.Contains("never executed", StringComparison.Ordinal)).Select(line => ScanOfCalls().Match(line)).Where(match => match.Success).Select(match => match.Value)];

    /// <summary>The days whose partitions are read.</summary>
    public static IReadOnlyList<string> DaysOf(string plan) =>
        [.. Scans(plan).Select(scan => scan[^8..]).Distinct().Order(StringComparer.Ordinal)];

    public static string Name(DateTimeOffset day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan)( Backward)?( using \S+)? on (llm\.)?calls_\d{8}")]
    private static partial Regex ScanOfCalls();
}
