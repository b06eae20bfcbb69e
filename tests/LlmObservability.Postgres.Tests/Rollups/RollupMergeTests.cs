using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>Rows of a period become one for each key, so many at a time, and not for a few that came.</summary>
public sealed class RollupMergeTests(PostgresServer server) : RollupDatabase(server)
{
    private const string AnHourLater = "UPDATE llm.rollup_periods SET merged_at = merged_at - interval '61 minutes'";
    private static readonly string[] Levels = ["hours", "days", "value_hours", "value_days"];

    private readonly Guid _writer = Guid.NewGuid();
    private long _sequence = 1;

    [Fact]
    public async Task Rows_of_a_period_that_is_over_are_one_for_each_key()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(200);
        for (var i = 0; i < 4; i++)
        {
            await WriteAsync([.. envelopes.Skip(i * 50).Take(50)]);
            await store.FoldRollupsAsync(Token);
        }

        await ExecuteAsync(AnHourLater);
        await store.FoldRollupsAsync(Token);

        await ShouldBeRightAsync(store);
        foreach (var level in Levels)
        {
            (await MostOfAKeyAsync(level)).ShouldBe(1, level);
        }
    }

    [Fact]
    public async Task A_period_that_is_not_over_is_merged_when_it_was_folded_often()
    {
        var store = await PreparedAsync();
        var envelopes = Now(80);
        for (var i = 0; i < 40; i++)
        {
            await WriteAsync([.. envelopes.Skip(i * 2).Take(2)]);
            await store.FoldRollupsAsync(Token);
        }

        await ShouldBeRightAsync(store);
        (await MostOfAKeyAsync("days")).ShouldBeLessThan(32);
    }

    [Theory]
    [InlineData("take_period", "days")]
    [InlineData("take_period", "hours")]
    [InlineData("take_value_period", "value_days")]
    public async Task However_many_rows_a_period_has_so_many_are_taken_at_a_time(string take, string level)
    {
        await FilledAsync();

        (await ScalarAsync<long>($"SELECT count(*) FROM llm.rollup_{level}")).ShouldBeGreaterThan(20);
        (await ScalarAsync<long>($"SELECT count(*) FROM llm.{take}('{level}', 7)")).ShouldBe(7);
        (await Should.ThrowAsync<PostgresException>(() => ScalarAsync<long>($"SELECT count(*) FROM llm.{take}('{level}', 1)"))).SqlState.ShouldBe("22023");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(13)]
    public async Task A_merge_of_many_steps_ends_with_one_row_for_each_key(int mostRows)
    {
        var store = await FilledAsync();
        var before = await ScalarAsync<long>("SELECT max(n) FROM (SELECT count(*) AS n FROM llm.rollup_days GROUP BY bucket, rollup) AS d");
        before.ShouldBeGreaterThan(mostRows);

        await RunAsync(Fold(mostRows));

        await ShouldBeRightAsync(store);
        foreach (var level in Levels)
        {
            (await MostOfAKeyAsync(level)).ShouldBe(1, level);
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_periods WHERE merging IS NOT NULL OR folds > 1")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_folded_between_the_steps_of_a_merge_is_neither_lost_nor_doubled()
    {
        var store = await FilledAsync();
        var late = ScriptedCalls.Create(40, seed: 5);
        var fold = Fold(9);
        for (var i = 0; i < 20; i++)
        {
            (await fold.MergeOnceAsync(Token)).ShouldBeTrue();
            await WriteAsync([.. late.Skip(i * 2).Take(2)]);
            await Fold(RollupFold.MostRows).FoldOnceAsync(waits: true, Token);
            if (i % 5 == 0)
            {
                await ShouldBeRightAsync(store);
            }
        }

        (await ScalarAsync<long>("SELECT count(*) FROM llm.rollup_periods WHERE merging IS NOT NULL")).ShouldBeGreaterThan(0);
        await RunAsync(fold);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Merges_and_writes_at_once_lose_and_double_nothing()
    {
        var store = await FilledAsync();
        var late = ScriptedCalls.Create(120, seed: 5);
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 30; i++)
                {
                    await WriteAsync([.. late.Skip(i * 4).Take(4)]);
                    await store.FoldRollupsAsync(Token);
                }
            },
            Token);
        for (var i = 0; i < 200 && !writing.IsCompleted; i++)
        {
            await Fold(5).RunAsync(waits: false, Token);
        }

        await writing;
        await RunAsync(Fold(5));
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task A_few_rows_that_come_late_do_not_make_all_of_a_large_period_be_written_again()
    {
        var store = await FilledAsync();
        await store.FoldRollupsAsync(Token);
        var before = await OfTheFirstDayAsync();

        await WriteAsync([.. ScriptedCalls.Create(20, seed: 7).Where(call => PostgresPartitions.DayOf(call.CallStartedAt) == FirstDay).Take(1)]);
        await store.FoldRollupsAsync(Token);

        (await OfTheFirstDayAsync()).ShouldBe(before);
        await ShouldBeRightAsync(store);
        await ExecuteAsync(AnHourLater);
        await store.FoldRollupsAsync(Token);
        (await OfTheFirstDayAsync()).ShouldNotBe(before);
        (await MostOfAKeyAsync("days")).ShouldBe(1);

        // Who wrote them: rows that are written again are others'.
        Task<string> OfTheFirstDayAsync() => ScalarAsync<string>(
            $"SELECT min(xmin::text::bigint)::text FROM llm.rollup_days WHERE bucket = timestamptz '{FirstDay:yyyy-MM-dd} 00:00:00+00'");
    }

    [Theory]
    [InlineData(99, 0)]
    [InlineData(100, 100)]
    public async Task A_period_that_is_not_over_waits_until_as_much_came_as_the_last_merge_left(int appended, long taken)
    {
        await PreparedAsync();
        await ExecuteAsync("INSERT INTO llm.rollup_days (bucket, rollup, model, calls) SELECT date_trunc('day', now(), 'UTC'), 'model', n::text, 1 FROM generate_series(1, 100) n");
        await ExecuteAsync("INSERT INTO llm.rollup_periods (level, bucket, folds, appended, merged) VALUES ('days', date_trunc('day', now(), 'UTC'), 500, 1, 100)");

        await ExecuteAsync($"SELECT llm.note_folds('days', '{DateTimeOffset.UtcNow:yyyy-MM-dd} 00:00:00Z={appended - 1}')");

        (await ScalarAsync<long>("SELECT count(*) FROM llm.take_period('days', 1000)")).ShouldBe(taken);
    }

    private static async Task RunAsync(RollupFold fold)
    {
        for (var rounds = 0; await fold.RunAsync(waits: true, Token); rounds++)
        {
            rounds.ShouldBeLessThan(20);
        }
    }

    private async Task WriteAsync(IReadOnlyList<LlmCallEnvelope> envelopes)
    {
        await Sink().WriteAsync(new LlmBatch(_writer, _sequence, envelopes), Token);
        _sequence += envelopes.Count;
    }

    /// <summary>Three days with several rows for most keys, none of them merged.</summary>
    private async Task<PostgresLlmStore> FilledAsync()
    {
        var store = await PreparedAsync();
        var envelopes = ScriptedCalls.Create(300);
        for (var i = 0; i < 5; i++)
        {
            await WriteAsync([.. envelopes.Skip(i * 60).Take(60)]);
            await Fold(RollupFold.MostRows).FoldOnceAsync(waits: true, Token);
        }

        return store;
    }
}
