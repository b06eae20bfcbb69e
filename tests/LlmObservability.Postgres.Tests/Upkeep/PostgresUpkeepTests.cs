using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Upkeep;

/// <summary>When the steps behind the writing run, and what is told of them.</summary>
public sealed class PostgresUpkeepTests(PostgresServer server) : PartitionedDatabase(server)
{
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UtcNow.AddDays(-5));
    private readonly RecordedLog _log = new();

    public override async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task As_time_passes_partitions_are_there_two_days_before_they_are_needed()
    {
        await using var store = new PostgresLlmStore(DataSource, null, _time, _log);
        await store.PrepareAsync(Token);
        (await PartitionsAsync("calls")).ShouldEndWith($" {DateTime.UtcNow.AddDays(-2):yyyy-MM-dd} 00:00");
        _time.Advance(TimeSpan.FromDays(1));
        // Nothing was written so far.
        store.Upkeep.ShouldAllBe(state => state.EndedAt == null);

        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(1)), Token);
        await DoneAsync(store, null);
        (await PartitionsAsync("calls")).ShouldEndWith($" {DateTime.UtcNow.AddDays(-1):yyyy-MM-dd} 00:00");
        for (var hour = 0; hour < 3 * 24; hour++)
        {
            await AgainAsync(store);
        }

        (await PartitionsAsync("calls")).ShouldEndWith($" {DateTime.UtcNow.AddDays(2):yyyy-MM-dd} 00:00");
        (await PartitionsAsync("amendments")).ShouldEndWith($" {DateTime.UtcNow.AddDays(2):yyyy-MM-dd} 00:00");
        // Folding comes every few seconds; one that is under way while an hour passes at once is given up.
        _log.Entries.ShouldAllBe(entry => entry.Message.Contains("(fold the rollups)"));
    }

    [Fact]
    public async Task What_stands_in_the_way_of_a_coming_day_is_told_once_and_once_when_it_is_gone()
    {
        await using var store = new PostgresLlmStore(DataSource, null, _time, _log);
        await store.PrepareAsync(Token);
        await ExecuteAsync($"CREATE TABLE llm.{OfDay(1)} ()");
        _time.Advance(TimeSpan.FromDays(2));
        await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(1)), Token);

        await DoneAsync(store, null);
        var since = store.Upkeep[0].FailingSince;
        store.Upkeep[0].Failure.ShouldBe(
            $"There can be no partitions for {DateTime.UtcNow.AddDays(-1):yyyy-MM-dd}: a table is detached or in the way, or the clocks of server and application differ.");
        await AgainAsync(store);
        store.Upkeep[0].FailingSince.ShouldBe(since);
        await ExecuteAsync($"DROP TABLE llm.{OfDay(1)}");
        await AgainAsync(store);

        store.Upkeep[0].Failure.ShouldBeNull();
        var told = _log.Entries.Where(entry => !entry.Message.Contains("(fold the rollups)", StringComparison.Ordinal)).ToList();
        told.Select(entry => entry.Event).ShouldBe(["UpkeepFailing", "UpkeepRecovered"]);
        told[0].Message.ShouldContain("(partitions ahead); writing goes on, and it is tried again. There can be no partitions for");
    }

    [Fact]
    public async Task A_role_from_before_that_may_not_prune_is_told_what_to_grant()
    {
        await PreparedAsync();
        var role = "upkeep" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE ROLE {role} LOGIN; {PostgresSchema.GrantWriterScript("llm", role)}");
        await ExecuteAsync($"REVOKE EXECUTE ON FUNCTION llm.prune(bigint, bigint) FROM {role}");
        await using var writers = Npgsql.NpgsqlDataSource.Create(Server.ConnectionString(DatabaseName, role));
        await using var store = new PostgresLlmStore(writers, new PostgresLlmOptions { SchemaMode = SchemaMode.Check }, null, _log);

        (await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, ScriptedCalls.Create(3)), Token)).Written.ShouldBe(3);

        await Eventually.Is(() => store.Upkeep.All(state => state.EndedAt is not null), "each step was done");
        store.Upkeep.Where(state => state.Failure is not null).Select(state => state.Name).ShouldBe(["pruning"]);
        await Eventually.Is(() => _log.Entries.Count > 0, "it is told");
        _log.Entries.Single().Message.ShouldContain("(42501): run the script of PostgresSchema.GrantWriterScript");
    }

    [Fact]
    public async Task Steps_never_overlap_and_one_that_is_due_while_another_runs_comes_after_it()
    {
        var (running, most, hourly, often) = (0, 0, 0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<bool> Enter(Action count)
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            count();
            await gate.Task;
            Interlocked.Decrement(ref running);
            return false;
        }

        await using var upkeep = Of(
            new UpkeepStep("hourly", TimeSpan.FromHours(1), _ => Enter(() => hourly++)),
            new UpkeepStep("often", TimeSpan.FromSeconds(10), _ => Enter(() => often++)));
        upkeep.Begin();
        upkeep.Begin();
        await Eventually.Is(() => hourly == 1, "the first step runs");
        _time.Advance(TimeSpan.FromMinutes(10));
        often.ShouldBe(0);
        gate.SetResult();
        await Eventually.Is(() => often == 1, "the second comes after it");
        await Eventually.Is(() => upkeep.States[1].EndedAt is not null, "and ends");

        for (var i = 2; i < 6; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.Is(() => often == i, "it comes every ten seconds");
        }

        hourly.ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(50));
        await Eventually.Is(() => hourly == 2, "the first comes when its hour is over");
        most.ShouldBe(1);
    }

    [Fact]
    public async Task A_step_that_always_has_more_lets_others_have_their_turn()
    {
        var (rounds, other) = (0, 0);
        await using var upkeep = Of(
            new UpkeepStep("endless", TimeSpan.FromHours(1), _ => Task.FromResult(++rounds > 0)),
            new UpkeepStep("other", TimeSpan.FromHours(1), _ => Task.FromResult(++other < 0)));

        upkeep.Begin();

        await Eventually.Is(() => other == 1, "the other runs");
        rounds.ShouldBe(100);
    }

    [Fact]
    public async Task A_store_that_is_disposed_ends_what_is_under_way_and_begins_nothing_more()
    {
        var (begun, cancelled) = (0, false);
        var upkeep = Of(new UpkeepStep("long", TimeSpan.FromSeconds(10), async token =>
        {
            begun++;
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                cancelled = true;
            }

            return false;
        }));
        upkeep.Begin();
        await Eventually.Is(() => begun == 1, "it runs");

        await upkeep.DisposeAsync();

        cancelled.ShouldBeTrue();
        _time.Advance(TimeSpan.FromHours(2));
        upkeep.Begin();
        upkeep.Dispose();
        await upkeep.DisposeAsync();
        begun.ShouldBe(1);
        upkeep.States[0].Failure.ShouldBeNull();
        _log.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_step_that_heeds_nothing_holds_up_the_end_for_two_seconds_at_most()
    {
        var gate = new TaskCompletionSource<bool>();
        var begun = false;
        var upkeep = Of(new UpkeepStep("deaf", TimeSpan.FromHours(1), _ =>
        {
            begun = true;
            return gate.Task;
        }));
        upkeep.Begin();
        await Eventually.Is(() => begun, "it runs");

        var ending = upkeep.DisposeAsync().AsTask();
        ending.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));

        await ending.WaitAsync(Eventually.Bound, Token);
        gate.SetResult(false);
    }

    private PostgresUpkeep Of(params UpkeepStep[] steps) => new(steps, new PostgresNames("llm"), _time, _log.CreateLogger(""));

    /// <summary>An hour later, each step has run once more. No time passes while they run, which would count against their bounds.</summary>
    private async Task AgainAsync(PostgresLlmStore store)
    {
        var before = store.Upkeep[^1].EndedAt;
        _time.Advance(TimeSpan.FromHours(1));
        await DoneAsync(store, before);
    }

    private static Task DoneAsync(PostgresLlmStore store, DateTimeOffset? before) =>
        Eventually.Is(() => store.Upkeep.All(state => state.EndedAt is { } ended && !(ended <= before)), "each step was done");
}
