using System.Globalization;
using LlmObservability.Api;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.DependencyInjection;

// What the JSON API holds in memory: of an export of many calls, and of live feeds that nobody reads.
//   dotnet run -c Release --project benchmarks/LlmObservability.Api -- [CALLS]      CALLS is 200,000 unless given
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var calls = args is [{ } text] ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 200_000;
Console.WriteLine($".NET {Environment.Version}, {Environment.ProcessorCount} processors, {calls:N0} calls");

await using (var memory = await MeasuredApi.StartAsync(builder => builder.AddInMemoryStore(options => options.MaxCalls = 1_000_000)))
{
    await memory.FillAsync(calls);
    await ExportFigures.WriteAsync("memory", memory);
}

// So small that it is full at once, and keeps as much from then on.
await using (var small = await MeasuredApi.StartAsync(builder => builder.AddInMemoryStore(options => options.MaxCalls = 5_000)))
{
    await LiveFigures.WriteAsync(small, feeds: 20);
}

await using var server = new PostgresServer();
await server.InitializeAsync();
await using (var postgres = await MeasuredApi.StartAsync(builder => builder.AddPostgres(server.ConnectionString())))
{
    await postgres.FillAsync(calls);
    await ExportFigures.WriteAsync("PostgreSQL", postgres);
}
