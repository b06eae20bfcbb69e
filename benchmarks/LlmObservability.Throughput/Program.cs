using LlmObservability.Throughput;

ThroughputOptions options;
try
{
    options = ThroughputOptions.Parse(args);
}
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    await Console.Error.WriteLineAsync(ThroughputOptions.Usage);
    return 2;
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

    default:
        Console.WriteLine(ThroughputOptions.Usage);
        return 0;
}
