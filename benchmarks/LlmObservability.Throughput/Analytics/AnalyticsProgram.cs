using LlmObservability.Throughput.Analytics.Dashboard;
using LlmObservability.Throughput.Analytics.Filling;
using LlmObservability.Throughput.Analytics.Generation;
using LlmObservability.Throughput.Analytics.Ingest;
using LlmObservability.Throughput.Analytics.Pages;
using LlmObservability.Throughput.Analytics.Pooling;
using LlmObservability.Throughput.Analytics.Writers;

namespace LlmObservability.Throughput.Analytics;

/// <summary>Runs one of the verbs.</summary>
internal static class AnalyticsProgram
{
    public static async Task<bool> RunAsync(AnalyticsOptions options)
    {
        switch (options)
        {
            case { Verb: "generate" }:
                GeneratorReport.Run(options);
                return true;

            case { Verb: "queries", Compare: var (before, after) }:
                return await QueryComparison.RunAsync(before, after);

            case { Verb: WriterProgram.Verb }:
                return await new WriterProgram(options).RunAsync();

            case { Verb: "pgbouncer" }:
                return await new PoolingComparison(options).RunAsync();
        }

        var folder = options.Postgres is not null ? null
            : options.Data ?? (options.Keep ? Directory.CreateTempSubdirectory("llm-observability-throughput-").FullName : null);
        if (folder is not null)
        {
            Report.Line($"data stays in {folder}");
        }

        await using var database = await BenchmarkDatabase.OpenAsync(options.Postgres, options.Fsync, folder);
        await database.DescribeAsync();
        if (options.Verb is "queries" or "pages" or "sizes" && !await AnalyticsStore.IsFilledAsync(database))
        {
            Report.Line($"there is no schema {AnalyticsStore.Schema}: fill it first");
            return false;
        }

        return options.Verb switch
        {
            "fill" => await new FillBenchmark(database, options).RunAsync(),
            "queries" => await new QueriesBenchmark(database, options).RunAsync(),
            "pages" => await new PagesBenchmark(database, options).RunAsync(),
            "writers" => await new WritersBenchmark(database, options).RunAsync(),
            "sizes" => await SizesReport.RunAsync(database),
            _ => await new IngestBenchmark(database, options).RunAsync(),
        };
    }
}
