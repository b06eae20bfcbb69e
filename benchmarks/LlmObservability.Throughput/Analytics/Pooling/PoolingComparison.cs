using LlmObservability.Postgres;
using LlmObservability.Throughput.Analytics.Generation;
using Npgsql;

namespace LlmObservability.Throughput.Analytics.Pooling;

/// <summary>The trial straight to the server, and then through PgBouncer in each way it may be set up: every line must be the same.</summary>
internal sealed class PoolingComparison(AnalyticsOptions options)
{
    private const int Days = 6;
    private const int Calls = 30_000;

    // Since this version it knows of prepared statements.
    private static readonly Version KnowsPrepared = new(1, 21);

    private readonly GeneratedCalls _generated = new(options.Seed, options.End, Days, Calls);

    public async Task<bool> RunAsync()
    {
        var path = PgBouncer.Find(options.PgBouncer);
        var version = await PgBouncer.VersionAsync(path);
        await using var database = await BenchmarkDatabase.OpenAsync(options.Postgres, options.Fsync, null);
        await database.DescribeAsync();
        Report.Line($"pgbouncer {version}, transaction pooling, {Calls:N0} calls over {Days} days");
        var expected = await TrialAsync(database, database.ConnectionString, applications: false);
        foreach (var (step, came) in expected)
        {
            Report.Line($"  {step}: {came}");
        }

        var same = true;
        foreach (var most in version >= KnowsPrepared ? (int?[])[0, 200] : [null])
        {
            await using var bouncer = await PgBouncer.StartAsync(path, database.ConnectionString, most);
            foreach (var (name, connection, applications) in Ways(bouncer.ConnectionString, most > 0))
            {
                Report.Line($"max_prepared_statements {most?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not known to it"}, {name}; load {BenchmarkDatabase.Load()}");
                same &= Compare(expected, await TrialAsync(database, connection, applications));
            }

            if (bouncer.Log.Length > 0)
            {
                Report.Line($"PgBouncer says: {bouncer.Log[..Math.Min(bouncer.Log.Length, 2_000)]}");
            }
        }

        return same;
    }

    private static IEnumerable<(string Name, string Connection, bool Applications)> Ways(string connection, bool knowsPrepared)
    {
        foreach (var applications in (bool[])[false, true])
        {
            // An application that has its driver prepare behind a PgBouncer that knows nothing of it breaks its own statements as well.
            foreach (var prepared in applications && !knowsPrepared ? (int[])[0] : [0, 20])
            {
                yield return (
                    $"Max Auto Prepare={prepared}, {(applications ? "an application's data source" : "connections of the store's own")}",
                    new NpgsqlConnectionStringBuilder(connection) { MaxAutoPrepare = prepared, AutoPrepareMinUsages = 2 }.ConnectionString,
                    applications);
            }
        }
    }

    private async Task<IReadOnlyList<(string Step, string Came)>> TrialAsync(BenchmarkDatabase database, string connection, bool applications)
    {
        await using var dataSource = NpgsqlDataSource.Create(connection);
        return await new StoreTrial(
            storeOptions => applications ? new PostgresLlmStore(dataSource, storeOptions) : PostgresLlmStore.Create(connection, storeOptions),
            database.DataSource,
            _generated).RunAsync();
    }

    private static bool Compare(IReadOnlyList<(string Step, string Came)> expected, IReadOnlyList<(string Step, string Came)> found)
    {
        var differences = expected.Zip(found).Where(pair => pair.First != pair.Second).ToArray();
        Report.Line($"  {found.Count - differences.Length} of {found.Count} steps as without it");
        foreach (var (before, after) in differences)
        {
            Report.Line($"  {before.Step}: {after.Came}");
        }

        return differences.Length == 0;
    }
}
