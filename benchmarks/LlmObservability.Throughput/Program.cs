using LlmObservability.Throughput;
using LlmObservability.Throughput.Analytics;

ThroughputOptions options;
AnalyticsOptions? analytics = null;
try
{
    if (args.Length > 0 && AnalyticsOptions.Knows(args[0]))
    {
        analytics = AnalyticsOptions.Parse(args, TimeProvider.System.GetUtcNow());
    }

    options = ThroughputOptions.Parse(analytics is null ? args : []);
}
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    await Console.Error.WriteLineAsync(ThroughputOptions.Usage);
    return 2;
}

if (analytics is not null)
{
    return await AnalyticsProgram.RunAsync(analytics) ? 0 : 1;
}

switch (options.Verb)
{
    case "copy":
        await using (var database = await BenchmarkDatabase.OpenAsync(options))
        {
            return await new CopyBenchmark(database, options).RunAsync() ? 0 : 1;
        }

    case "calls":
        await using (var database = await BenchmarkDatabase.OpenAsync(options))
        {
            return await new CallsBenchmark(database, options).RunAsync() ? 0 : 1;
        }

    case "streams":
        return await new StreamsBenchmark(options).RunAsync() ? 0 : 1;

    case "durability":
        return await new DurabilityBenchmark(options).RunAsync() ? 0 : 1;

    case "sinks":
        return await new SinksBenchmark(options).RunAsync() ? 0 : 1;

    default:
        Console.WriteLine(ThroughputOptions.Usage);
        return 0;
}
