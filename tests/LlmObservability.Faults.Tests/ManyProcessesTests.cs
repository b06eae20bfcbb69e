using LlmObservability.Faults.Harness;
using Npgsql;

namespace LlmObservability.Faults.Tests;

/// <summary>A small share of the program LlmObservability.Throughput's <c>writers</c>: processes, not tasks of one.</summary>
public sealed class ManyProcessesTests(Bench bench)
{
    private const int Processes = 8;
    private const int Seed = 1;

    [Fact]
    public async Task Eight_that_write_and_fold_at_once_lock_none_out_lose_nothing_and_are_summed_exactly()
    {
        await using var source = NpgsqlDataSource.Create(bench.Faults.Server.ConnectionString());
        const string Deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        var deadlocks = await ScalarAsync<long>(source, Deadlocks);
        await using var run = bench.Faults.Begin(Seed);
        var options = run.Options(LlmDurability.Memory) with { Producers = 2, Rate = 300 };
        var folded = $"SELECT coalesce(sum(calls), 0) FROM {options.Schema}.rollup_days WHERE rollup = 'model'";

        // All at once on an empty schema, so that they meet over its migrations too.
        var children = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => run.StartAsync(options)));
        await run.MoreAsync(Processes * 300);
        await FaultRun.UntilAsync(() => ScalarAsync<bool>(source, $"SELECT to_regclass('{options.Schema}.rollup_days') IS NOT NULL"), "the schema is there");
        var before = await ScalarAsync<decimal>(source, folded);
        await FaultRun.UntilAsync(async () => await ScalarAsync<decimal>(source, folded) > before + 500, "what they write is folded meanwhile");
        await Task.WhenAll(children.Select(run.StopAsync));

        var comparison = await run.CompareAsync();
        comparison.Promised.Count.ShouldBeGreaterThan(Processes * 300);
        (comparison.Lost, comparison.Duplicated, comparison.Unpromised).ShouldBe((0, 0, 0));
        comparison.Wrong.ShouldBeEmpty();
        run.Ends.Count.ShouldBe(Processes);
        run.Ends.Sum(end => end.Statistics.Dropped).ShouldBe(0);
        (await ScalarAsync<long>(source, Deadlocks)).ShouldBe(deadlocks);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
