using LlmObservability;
using LlmObservability.Pricing;
using PriceCalculator.Update;

namespace PriceCalculator;

/// <summary>The program: arguments in, report and exit code out.</summary>
public static class PriceCalculatorProgram
{
    /// <summary>Runs it and returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> arguments, TimeProvider time, TextWriter output, TextWriter error)
    {
        return Run(arguments, time, output, error, [Directory.GetCurrentDirectory(), AppContext.BaseDirectory]);
    }

    /// <summary>The same, with the folders from which the project's catalog is looked for upwards.</summary>
    public static int Run(
        IReadOnlyList<string> arguments, TimeProvider time, TextWriter output, TextWriter error, IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            if (arguments.Any(a => a is "--help" or "-h" or "-?"))
            {
                output.WriteLine(UsageText.Text);
                return ExitCodes.Good;
            }

            if (UpdateOptions.AreIn(arguments))
            {
                var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
                CatalogUpdate.Run(UpdateOptions.Parse(arguments), folders, today, output);
                return ExitCodes.Good;
            }

            var options = CalculatorOptions.Parse(arguments);

            var pricer = new CallPricer(PriceCatalog.LoadDefault());
            return options.Cases is { } file
                ? CaseReport.Write(output, pricer, CaseFile.Read(file))
                : Explain(output, pricer, options, time);
        }
        catch (CalculatorException exception)
        {
            error.WriteLine("price-calculator: " + exception.Message.ReplaceLineEndings(" "));
            return ExitCodes.BadInput;
        }
    }

    private static int Explain(TextWriter output, CallPricer pricer, CalculatorOptions options, TimeProvider time)
    {
        var explanation = pricer.Explain(new PriceQuery
        {
            Provider = options.Provider,
            ResponseModel = options.Model,
            At = options.At ?? time.GetUtcNow(),
            Tokens = options.Counts.ToTokens(),
            ServiceTier = options.ServiceTier,
            Geo = options.Geo,
            Speed = options.Speed,
            WebSearches = (int)options.Counts[InclusiveUsage.WebSearches],
        });
        ExplanationText.Write(output, explanation);
        return explanation.Reason == LlmCostReason.Priced ? ExitCodes.Good : ExitCodes.Failed;
    }
}
