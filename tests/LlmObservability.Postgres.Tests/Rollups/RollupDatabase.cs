using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;

namespace LlmObservability.Postgres.Tests.Rollups;

/// <summary>A database with rollups, and what their tests ask it.</summary>
public abstract class RollupDatabase(PostgresServer server) : PostgresDatabase(server)
{
    protected const string Key =
        "environment, service, service_version, operation, provider, model, route, tenant, feature, config, variant, error_type, finish_reason";

    protected static DateOnly FirstDay { get; } = PostgresPartitions.DayOf(ScriptedCalls.TenDaysAgo);

    protected static DateOnly Today { get; } = DateOnly.FromDateTime(DateTime.UtcNow);

    private protected PostgresNames Names { get; } = new("llm");

    protected static LlmCallEnvelope[] Now(int count, int seed = 2)
    {
        var script = new ScriptedCalls(seed, DateTimeOffset.UtcNow.AddHours(-2), TimeSpan.FromHours(1));
        return [.. Enumerable.Range(0, count).Select(_ => script.NextEnvelope())];
    }

    protected static async Task ShouldBeRightAsync(PostgresLlmStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        (await store.CheckRollupsAsync(FirstDay, FirstDay.AddDays(3), Token)).ShouldBeEmpty();
        (await store.CheckRollupsAsync(Today.AddDays(-1), Today, Token)).ShouldBeEmpty();
    }

    /// <summary>The most rows that a level has for one period and key.</summary>
    protected Task<long> MostOfAKeyAsync(string level)
    {
        var key = level is "value_hours" or "value_days" ? "field, value" : "rollup, " + Key;
        return ScalarAsync<long>($"SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM llm.rollup_{level} GROUP BY bucket, {key}) AS d");
    }

    private protected RollupDeltas Deltas(PostgresLlmOptions? options = null) => new(Names, new RollupValues(options?.RollupTags ?? [], 10_000));

    /// <summary>What writes and does not fold behind it.</summary>
    private protected PostgresSink Sink()
    {
        var (options, values) = (new PostgresLlmOptions(), new RollupValues([], 10_000));
        return new PostgresSink(
            DataSource, Names, new RollupDeltas(Names, values), new RollupNotedTags(DataSource, Names, values, options, TimeProvider.System),
            options, new PostgresPartitions(DataSource, Names, options), TimeProvider.System, null);
    }

    /// <summary>Folding that takes so many rows at a time.</summary>
    private protected RollupFold Fold(int mostRows) =>
        new(DataSource, Names, Deltas(), new PostgresLlmOptions(), (_, _) => Task.CompletedTask, mostRows);
}
