namespace LlmObservability.Faults.Harness;

/// <summary>Runs of a fault one after the other, each with a seed of its own; a run that does not end is a problem, not the end.</summary>
internal static class Repetition
{
    private const int MostProblems = 3;

    public static async Task<FaultRow> RunAsync(FaultBench bench, string name, int runs, int seed, Func<FaultRun, FaultRow, int, Task> once)
    {
        var row = new FaultRow(name, seed);
        for (var number = 0; number < runs && row.Problems.Count < MostProblems; number++)
        {
            var runSeed = seed + number;
            var run = bench.Begin(runSeed);
            try
            {
                await once(run, row, runSeed);
            }
            catch (Exception exception) when (exception is FaultException or TimeoutException or OperationCanceledException or Npgsql.NpgsqlException)
            {
                row.Must(false, runSeed, $"{exception.GetType().Name}: {exception.Message}");
            }

            // Whatever a run broke, the next finds a server.
            await bench.Server.RestartAsync();
            await run.DisposeAsync();
        }

        return row;
    }
}
