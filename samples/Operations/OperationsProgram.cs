using System.Globalization;
using LlmObservability;
using LlmObservability.Postgres;
using LlmObservability.Pricing;
using Npgsql;

namespace Operations;

/// <summary>What is done to a PostgreSQL store by hand. Neither its output nor its errors hold the connection string.</summary>
public static class OperationsProgram
{
    /// <summary>The environment variable that holds the connection string: an argument would be seen by everybody on the machine.</summary>
    public const string Variable = "LLM_POSTGRES";

    private const string Usage = $"""
        operations VERB [--schema NAME] [--tag KEY]...
          check FIRST LAST           Compares the rollups of UTC days with their calls.
          rebuild FIRST LAST         Makes the rollups of UTC days anew from their calls.
          fold                       Folds what the rollups have waiting.
          reprice FIRST LAST [--dry-run] [--job ID] [--prices FILE]
                                     Prices the calls of UTC days anew, by the library's catalog and the file's prices. One that
                                     was cut off goes on when its job is given again.
          script [--from-version N]  Prints the SQL that makes the schema, or migrates it from a version.
          grant-writer ROLE, grant-reader ROLE, grant-repricer ROLE
                                     Prints the SQL that grants a role what it needs.
          The connection string comes from the environment variable {Variable}; a tag is one of the application's RollupTags.
          Ends with 0 when all is well, 1 when something was wrong, 2 for a command line that cannot be read.
        """;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Finds an environment variable.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where errors go.</param>
    /// <param name="cancellationToken">Ends it; what is done stays done.</param>
    /// <returns>0, 1 or 2, as the usage says.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Func<string, string?> environment, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        if (arguments.Any(argument => argument is "--help" or "-h"))
        {
            await output.WriteLineAsync(Usage);
            return 0;
        }

        try
        {
            var read = OperationsArguments.Parse(arguments);
            if (Script(read) is { } script)
            {
                await output.WriteLineAsync(script);
                return 0;
            }

            var connection = environment(Variable);
            await using var store = PostgresLlmStore.Create(
                string.IsNullOrWhiteSpace(connection) ? throw new ArgumentException($"Set {Variable} to the connection string.") : connection, read.Options);
            return await RunAsync(store, read, output, cancellationToken) ? 0 : 1;
        }
        catch (ArgumentException exception)
        {
            await error.WriteLineAsync("operations: " + exception.Message);
            return 2;
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or PriceCatalogException or OperationCanceledException)
        {
            await error.WriteLineAsync("operations: " + exception.Message);
            return 1;
        }
    }

    private static string? Script(OperationsArguments read) => read.Verb switch
    {
        "script" => PostgresSchema.Script(read.Options.Schema, read.FromVersion),
        "grant-writer" => PostgresSchema.GrantWriterScript(read.Options.Schema, read.Role),
        "grant-reader" => PostgresSchema.GrantReaderScript(read.Options.Schema, read.Role),
        "grant-repricer" => PostgresSchema.GrantRepricerScript(read.Options.Schema, read.Role),
        _ => null,
    };

    private static async Task<bool> RunAsync(PostgresLlmStore store, OperationsArguments read, TextWriter output, CancellationToken cancellationToken)
    {
        switch (read.Verb)
        {
            case "check":
                var differences = await store.CheckRollupsAsync(read.First, read.Last, cancellationToken);
                await output.WriteLineAsync(differences.Count == 0 ? "All sums are those of the calls." : string.Join(Environment.NewLine, differences));
                return differences.Count == 0;
            case "rebuild":
                var calls = await store.RebuildRollupsAsync(read.First, read.Last, cancellationToken);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Rebuilt from {calls:N0} calls."));
                return true;
            case "fold":
                await store.FoldRollupsAsync(cancellationToken);
                await output.WriteLineAsync("Nothing waits to be folded.");
                return true;
            default:
                await RepriceAsync(store, read, output, cancellationToken);
                return true;
        }
    }

    private static async Task RepriceAsync(PostgresLlmStore store, OperationsArguments read, TextWriter output, CancellationToken cancellationToken)
    {
        Guid? job = read.DryRun ? null : read.Job ?? Guid.NewGuid();
        if (job is { } id)
        {
            // First of all, for whoever has to go on with it.
            await output.WriteLineAsync($"job {id}");
        }

        var report = await store.RepriceAsync(
            PriceCatalog.Load(new LlmObservabilityOptions { PriceFile = read.PriceFile }),
            new PostgresRepricingRequest
            {
                From = new DateTimeOffset(read.First, TimeOnly.MinValue, TimeSpan.Zero),
                To = new DateTimeOffset(read.Last.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero),
                DryRun = read.DryRun,
                JobId = job,
            },
            cancellationToken);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Calls:N0} calls, {report.Changed:N0} {(read.DryRun ? "would change" : "changed")}: {Dollars(report.BeforeNanos)} before, {Dollars(report.AfterNanos)} after"));
        foreach (var model in report.Models)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {model.Model ?? "(no model)"}: {model.Calls:N0} calls, {model.Changed:N0} of them; {Dollars(model.BeforeNanos)}, {Dollars(model.AfterNanos)}"));
        }

        foreach (var (reason, count) in report.Kept)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  left as they are, {reason}: {count:N0}"));
        }
    }

    private static string Dollars(decimal nanos) => string.Create(CultureInfo.InvariantCulture, $"${nanos / 1_000_000_000m:N6}");
}
