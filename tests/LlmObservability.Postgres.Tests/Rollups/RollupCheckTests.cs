using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>Whatever is wrong in the rollups is told, and where.</summary>
public sealed class RollupCheckTests(PostgresServer server) : RollupDatabase(server)
{
    [Fact]
    public async Task A_sum_that_is_wrong_is_told()
    {
        var store = await FilledAsync();

        await ExecuteAsync("UPDATE llm.rollup_hours SET cost_input_nanos = coalesce(cost_input_nanos, 0) + 1 WHERE rollup = 'model'");
        await ExecuteAsync("UPDATE llm.rollup_value_days SET calls = calls + 1");

        var told = await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token);
        told.ShouldContain(difference => difference.Contains("'model' by the hour"));
        told.ShouldContain(difference => difference.Contains("users by the day"));
        told.ShouldNotContain(difference => difference.Contains("tenant"));
    }

    [Fact]
    public async Task No_measure_of_a_row_can_be_wrong_unnoticed()
    {
        var store = await FilledAsync();
        var columns = RollupColumns.All.Split(", ")[(2 + RollupColumns.Dimensions.Count)..];
        columns.Length.ShouldBe(49);
        var day = DateOnly.FromDateTime(await ScalarAsync<DateTime>("SELECT max(bucket) FROM llm.rollup_days"));
        foreach (var column in columns)
        {
            // A histogram with one value more, or any other measure by what a double still tells apart.
            var changed = column.EndsWith("_histogram", StringComparison.Ordinal) ? $@"{column} || '\x000101'"
                : column.EndsWith("_per_second_sum", StringComparison.Ordinal) ? $"{column} * 1.000001"
                : $"coalesce({column}, 0) + 1";
            await ExecuteAsync($"CREATE TABLE public.kept AS SELECT * FROM llm.rollup_days WHERE rollup = 'tenant'; UPDATE llm.rollup_days SET {column} = {changed} WHERE rollup = 'tenant'");

            var told = await store.CheckRollupsAsync(day, day, Token);

            told.ShouldNotBeEmpty(column);
            told.ShouldAllBe(difference => difference.Contains("'tenant' by the day"), column);
            await ExecuteAsync("DELETE FROM llm.rollup_days WHERE rollup = 'tenant'; INSERT INTO llm.rollup_days SELECT * FROM public.kept; DROP TABLE public.kept");
        }

        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task A_histogram_is_told_apart_by_its_counts_and_not_by_its_bytes()
    {
        var store = await FilledAsync();

        // The same entries in another order and cut in two are the same; a count in the next bucket is not.
        await ExecuteAsync("""
            CREATE FUNCTION public.entries(bytea) RETURNS TABLE (entry text, n bigint) LANGUAGE sql AS $$
              SELECT array_to_string(m, ''), row_number() OVER () FROM regexp_matches(encode($1, 'hex'), '(....)((?:[89a-f].)*[0-7].)', 'g') AS m $$;
            UPDATE llm.rollup_hours SET duration_us_histogram = (SELECT decode(string_agg(entry, '' ORDER BY n DESC), 'hex') FROM public.entries(duration_us_histogram))
            """);
        await ShouldBeRightAsync(store);
        await ExecuteAsync("UPDATE llm.rollup_hours SET duration_us_histogram = set_byte(duration_us_histogram, 1, get_byte(duration_us_histogram, 1) # 1)");

        var told = await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token);
        told.ShouldNotBeEmpty();
        told.ShouldAllBe(difference => difference.Contains("histograms of") && difference.Contains("by the hour"));
    }

    [Fact]
    public async Task Histograms_with_many_calls_in_a_bucket_and_none_of_the_usual_values_are_those_of_the_calls()
    {
        var store = await PreparedAsync();
        var script = new ScriptedCalls(3, DateTimeOffset.UtcNow.AddHours(-1), TimeSpan.FromMinutes(1));
        var same = script.NextCall();
        TimeSpan[] durations = [TimeSpan.Zero, TimeSpan.FromMicroseconds(1), TimeSpan.FromDays(400), TimeSpan.FromMicroseconds(31), TimeSpan.FromMicroseconds(33)];
        LlmCallEnvelope[] calls =
        [
            .. Enumerable.Range(0, 20_000).Select(_ => new LlmCallEnvelope(same with { Id = LlmCallId.Create(same.StartedAt), AttemptCount = 1, ToolCallCount = 0 })),
            .. durations.Select(duration => new LlmCallEnvelope(script.NextCall() with { Duration = duration, ProviderTime = duration, AttemptCount = 1, ToolCallCount = 0 })),
        ];
        await Sink().WriteAsync(new LlmBatch(Guid.NewGuid(), 1, calls), Token);
        await store.FoldRollupsAsync(Token);

        await ShouldBeRightAsync(store);
    }

    private async Task<PostgresLlmStore> FilledAsync()
    {
        var store = await PreparedAsync();
        await Sink().WriteAsync(new LlmBatch(Guid.NewGuid(), 1, Now(60)), Token);
        await store.FoldRollupsAsync(Token);
        return store;
    }
}
