using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>Sums that were there before a column came: they are read, told of, and made anew.</summary>
public sealed class RollupUpgradeTests(PostgresServer server) : RollupDatabase(server)
{
    private const string WaitColumns =
        "DROP COLUMN queue_wait_us_count, DROP COLUMN queue_wait_us_sum, DROP COLUMN queue_wait_us_min, DROP COLUMN queue_wait_us_max, DROP COLUMN queue_wait_us_histogram";

    // The eleventh migration's, with the views that show them; it adds to the views that are there.
    private const string WithoutSpans = """
        ALTER TABLE llm.calls DROP COLUMN parent_span_id CASCADE;
        ALTER TABLE llm.staging_calls DROP COLUMN parent_span_id;
        ALTER TABLE llm.attempts DROP COLUMN span_id CASCADE, DROP COLUMN parent_span_id CASCADE;
        ALTER TABLE llm.staging_attempts DROP COLUMN span_id, DROP COLUMN parent_span_id;
        ALTER TABLE llm.tool_calls DROP COLUMN trace_id CASCADE, DROP COLUMN span_id CASCADE, DROP COLUMN parent_span_id CASCADE;
        ALTER TABLE llm.staging_tool_calls DROP COLUMN trace_id, DROP COLUMN span_id, DROP COLUMN parent_span_id;
        """;

    [Fact]
    public async Task What_was_summed_before_the_queue_wait_has_none_until_it_is_made_anew()
    {
        // Sums of three days in rows of every level, in deltas and in a merge that waits; then the schema as it was before the ninth migration.
        var writing = await PreparedAsync();
        var (old, later) = (ScriptedCalls.Create(150), Now(60));
        await Sink().WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. old.Take(100)]), Token);
        await writing.FoldRollupsAsync(Token);
        await Sink().WriteAsync(new LlmBatch(Guid.NewGuid(), 1, [.. old.Skip(100)]), Token);
        await writing.DisposeAsync();
        foreach (var table in new[] { "rollup_deltas", "rollup_minutes", "rollup_hours", "rollup_days" })
        {
            await ExecuteAsync($"ALTER TABLE llm.{table} {WaitColumns}");
        }

        await ExecuteAsync(WithoutSpans);
        await ExecuteAsync("DROP INDEX llm.calls_unpriced; DELETE FROM llm.schema_migrations WHERE version >= 9");
        await ExecuteAsync(PostgresSchema.Script("llm", 8));

        await using var store = await PreparedAsync();
        var before = new LlmFilter { From = ScriptedCalls.TenDaysAgo, To = ScriptedCalls.TenDaysAgo.AddDays(4) };
        var unknown = (await store.AggregateAsync(new LlmAggregateRequest { Filter = before, Histograms = true, Percentiles = true }, Token)).Total;
        unknown.Calls.ShouldBe(150);
        unknown.QueueWait.ShouldBe(default);
        unknown.Duration.Histogram.ShouldNotBeNull().Sum(bin => bin.Count).ShouldBe(150);

        // New calls have it, in deltas as in rows of all levels, beside rows that have none.
        await Sink().WriteAsync(new LlmBatch(Guid.NewGuid(), 1, later), Token);
        foreach (var folded in new[] { false, true })
        {
            if (folded)
            {
                await store.FoldRollupsAsync(Token);
            }

            var today = new LlmFilter { From = Midnight(-1), To = Midnight(1) };
            var wait = (await store.AggregateAsync(new LlmAggregateRequest { Filter = today }, Token)).Total.QueueWait;
            wait.Count.ShouldBe(later.Count(envelope => envelope.Call.QueueWait is not null));
            wait.Sum.ShouldBe(later.Sum(envelope => envelope.Call.QueueWait?.TotalMicroseconds ?? 0));
        }

        (await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token)).ShouldBeEmpty();
        (await store.CheckRollupsAsync(FirstDay, FirstDay.AddDays(3), Token)).ShouldNotBeEmpty();
        await store.RebuildRollupsAsync(FirstDay, FirstDay.AddDays(3), Token);
        await ShouldBeRightAsync(store);
        (await store.AggregateAsync(new LlmAggregateRequest { Filter = before }, Token)).Total.QueueWait.Count
            .ShouldBe(old.Count(envelope => envelope.Call.QueueWait is not null));
    }

    private static DateTimeOffset Midnight(int days) => new(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(days), TimeSpan.Zero);
}
