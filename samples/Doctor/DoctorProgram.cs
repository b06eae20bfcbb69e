using LlmObservability.Postgres;

namespace Doctor;

/// <summary>Prints what the store's diagnosis finds. Neither its output nor its errors hold the connection string.</summary>
public static class DoctorProgram
{
    /// <summary>The environment variable that holds the connection string: an argument would be seen by everybody on the machine.</summary>
    public const string Variable = "LLM_POSTGRES";

    private const string Usage = $"""
        doctor [--schema NAME] [--timeout SECONDS]
          Looks at a PostgreSQL store and says what is wrong with it. The connection string comes from the environment
          variable {Variable}. Ends with 0 when nothing failed, else with 1.
        """;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Finds an environment variable.</param>
    /// <param name="output">Where findings go.</param>
    /// <param name="error">Where a wrong command line is told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>0 when nothing failed, else 1.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Func<string, string?> environment, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            if (arguments.Any(argument => argument is "--help" or "-h"))
            {
                await output.WriteLineAsync(Usage);
                return 0;
            }

            var options = Parse(arguments);
            var connection = environment(Variable);
            await using var store = PostgresLlmStore.Create(
                string.IsNullOrWhiteSpace(connection) ? throw new ArgumentException($"Set {Variable} to the connection string.") : connection, options);
            var findings = await store.DiagnoseAsync(cancellationToken);
            foreach (var finding in findings)
            {
                await output.WriteLineAsync($"{Word(finding.Level),-8}{finding.Name}: {finding.Seen}");
                if (finding.Advice is not null)
                {
                    await output.WriteLineAsync($"        {finding.Advice}");
                }
            }

            return findings.Any(finding => finding.Level == PostgresFindingLevel.Failed) ? 1 : 0;
        }
        catch (ArgumentException exception)
        {
            await error.WriteLineAsync("doctor: " + exception.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("doctor: cancelled");
            return 1;
        }
    }

    private static PostgresLlmOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PostgresLlmOptions { CommandTimeout = TimeSpan.FromSeconds(5) };
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (arguments[i] == "--schema" && i + 1 < arguments.Count)
            {
                options.Schema = arguments[i + 1];
            }
            else if (arguments[i] == "--timeout" && i + 1 < arguments.Count && int.TryParse(arguments[i + 1], out var seconds))
            {
                options.CommandTimeout = TimeSpan.FromSeconds(seconds);
            }
            else
            {
                // Not repeated: somebody may have given the connection string here.
                throw new ArgumentException($"Argument {i + 1} is not known. See --help.");
            }
        }

        return options;
    }

    private static string Word(PostgresFindingLevel level) => level switch
    {
        PostgresFindingLevel.Ok => "ok",
        PostgresFindingLevel.Warning => "warning",
        _ => "FAILED",
    };
}
