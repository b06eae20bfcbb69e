using LlmObservability;
using LlmObservability.Pricing;

namespace PriceCalculator;

/// <summary>The program: arguments in, report and exit code out.</summary>
public static class PriceCalculatorProgram
{
    /// <summary>Runs it and returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> arguments, TimeProvider time, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            var options = CalculatorOptions.Parse(arguments);
            if (options.Help)
            {
                output.WriteLine(CalculatorOptions.Usage);
                return ExitCodes.Good;
            }

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
