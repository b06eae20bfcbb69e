using LlmObservability.Postgres;
using LlmObservability.Throughput.Analytics.Generation;

namespace LlmObservability.Throughput.Analytics;

/// <summary>The store as these verbs use it.</summary>
internal static class AnalyticsStore
{
    /// <summary>The schema that fill fills, and the others read.</summary>
    public const string Schema = "throughput_analytics";

    public static async Task<bool> IsFilledAsync(BenchmarkDatabase database) =>
        await database.ScalarAsync($"SELECT to_regclass('{Schema}.calls') IS NOT NULL") is true
        && await database.ScalarAsync($"SELECT EXISTS (SELECT FROM {Schema}.calls)") is true;

    /// <summary>A store over a schema as it is, with everything on.</summary>
    public static async Task<PostgresLlmStore> OpenAsync(BenchmarkDatabase database, string schema, int days = 30)
    {
        var options = new PostgresLlmOptions
        {
            Schema = schema,
            Retention = TimeSpan.FromDays(Math.Max(90, days + 2)),
            CommandTimeout = TimeSpan.FromMinutes(2),
            RollupTags = [OwnTags.PlanKey, OwnTags.JobKey],
        };
        var store = PostgresLlmStore.Create(database.ConnectionString, options);
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    /// <summary>Ends once the store's work in the background is done for what was written: what writing cost includes it.</summary>
    public static Task SettleAsync(PostgresLlmStore store) => store.FoldRollupsAsync(CancellationToken.None);
}
