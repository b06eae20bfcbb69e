namespace LlmObservability.Throughput.Analytics.Ingest;
internal sealed class IngestBenchmark(BenchmarkDatabase database, AnalyticsOptions options)
{
    public Task<bool> RunAsync() => Task.FromResult(database is null && options is null);
}
