using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>Sums that are made anew are those of the calls, made in parts, and seen when they are all there.</summary>
public sealed class RollupRebuildTests(PostgresServer server) : RollupDatabase(server)
{
    private readonly Guid _writer = Guid.NewGuid();

    [Fact]
    public async Task Rebuilding_gives_the_same_sums()
    {
        var options = new PostgresLlmOptions { RollupTags = ["team"] };
        var store = await PreparedAsync(options);
        await store.WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(200), .. Now(200)]), Token);
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync("UPDATE llm.rollup_days SET calls = 7; DELETE FROM llm.rollup_hours; TRUNCATE llm.rollup_value_days");
        await store.WriteAsync(new LlmBatch(_writer, 401, Now(20, seed: 5)), Token);

        (await store.RebuildRollupsAsync(FirstDay, Today, Token)).ShouldBe(420);

        await ShouldBeRightAsync(store);
        (await store.RebuildRollupsAsync(FirstDay, Today, Token)).ShouldBe(420);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Rebuilding_while_others_write_and_fold_loses_and_doubles_nothing()
    {
        var store = await PreparedAsync();
        await store.WriteAsync(new LlmBatch(_writer, 1, Now(200)), Token);
        using var over = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                var other = Store();
                for (var i = 0; i < 200 && !over.IsCancellationRequested; i++)
                {
                    await other.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, Now(10, seed: 100 + i)), Token);
                    await other.FoldRollupsAsync(Token);
                }
            },
            Token);
        for (var i = 0; i < 5; i++)
        {
            await store.RebuildRollupsAsync(Today.AddDays(-1), Today, Token);
        }

        await over.CancelAsync();
        await writing;

        await ShouldBeRightAsync(store);
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
    }

    [Fact]
    public async Task Days_whose_calls_may_be_gone_are_not_rebuilt()
    {
        var store = await PreparedAsync(new PostgresLlmOptions { Retention = TimeSpan.FromDays(5) });

        await Should.ThrowAsync<ArgumentOutOfRangeException>(store.RebuildRollupsAsync(Today.AddDays(-5), Today, Token));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(store.RebuildRollupsAsync(Today, Today.AddDays(-1), Token));
        (await store.RebuildRollupsAsync(Today.AddDays(-4), Today, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task A_day_is_made_anew_in_parts_whose_rows_are_merged_later()
    {
        var store = await PreparedAsync();
        await Sink().WriteAsync(new LlmBatch(_writer, 1, [.. ScriptedCalls.Create(600), .. Now(2_500)]), Token);
        await store.FoldRollupsAsync(Token);
        var parts = new RollupRebuild(
            DataSource, Names, Deltas(), new PostgresLlmOptions(), TimeProvider.System, (_, _) => Task.CompletedTask, mostRows: 1);

        (await parts.RunAsync(FirstDay, Token)).ShouldBeGreaterThan(100);
        var today = await parts.RunAsync(Today, Token) + await parts.RunAsync(Today.AddDays(-1), Token);

        // Of each hour a part; and two of an hour with more calls than are fetched at once, as at least one of two hours has.
        today.ShouldBe(2_500);
        (await MostOfAKeyAsync("days")).ShouldBeGreaterThan(1);
        (await MostOfAKeyAsync("value_days")).ShouldBeGreaterThan(1);
        (await MostOfAKeyAsync("hours")).ShouldBeGreaterThan(1);
        (await ScalarAsync<bool>($"SELECT coalesce(min(bucket), now()) > now() - interval '4 days' FROM llm.rollup_minutes")).ShouldBeTrue();
        await ShouldBeRightAsync(store);
        await ExecuteAsync("UPDATE llm.rollup_periods SET folds = 32, appended = appended + merged");
        await store.FoldRollupsAsync(Token);
        await ShouldBeRightAsync(store);
        foreach (var level in new[] { "minutes", "hours", "days", "value_hours", "value_days" })
        {
            (await MostOfAKeyAsync(level)).ShouldBe(1, level);
        }
    }

    [Fact]
    public async Task Whoever_reads_meanwhile_sees_the_old_sums_and_one_that_dies_has_done_nothing()
    {
        var store = await PreparedAsync();
        await Sink().WriteAsync(new LlmBatch(_writer, 1, Now(100)), Token);
        await store.FoldRollupsAsync(Token);
        await ExecuteAsync("UPDATE llm.rollup_days SET calls = 7; UPDATE llm.rollup_hours SET calls = 7; UPDATE llm.rollup_minutes SET calls = 7");
        const string Sums = "SELECT (SELECT string_agg(t::text, ',' ORDER BY t::text) FROM llm.rollup_days t) || (SELECT string_agg(t::text, ',' ORDER BY t::text) "
            + "FROM llm.rollup_hours t) || (SELECT string_agg(t::text, ',' ORDER BY t::text) FROM llm.rollup_minutes t)";
        var old = await ScalarAsync<string>(Sums);
        const string Rebuilding = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rollup_value_days%' AND pid <> pg_backend_pid() AND datname = current_database()";
        await using var connection = await DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var blocking = new NpgsqlCommand("LOCK TABLE llm.rollup_value_days IN SHARE MODE", connection))
        {
            await blocking.ExecuteNonQueryAsync(Token);
        }

        var rebuilding = Should.ThrowAsync<NpgsqlException>(store.RebuildRollupsAsync(Today.AddDays(-1), Today, Token));
        await UntilAsync($"SELECT EXISTS (SELECT {Rebuilding})");
        (await ScalarAsync<string>(Sums)).ShouldBe(old);
        await ExecuteAsync("SELECT pg_terminate_backend(pid) " + Rebuilding);
        await rebuilding;
        await transaction.RollbackAsync(Token);

        (await ScalarAsync<string>(Sums)).ShouldBe(old);
        await store.RebuildRollupsAsync(Today.AddDays(-1), Today, Token);
        await ShouldBeRightAsync(store);
    }
}
