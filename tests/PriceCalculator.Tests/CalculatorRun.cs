using LlmObservability.Testing;

namespace PriceCalculator.Tests;

/// <summary>One run of the program in this process, with what it wrote; the clock stands at noon on 1 August 2026.</summary>
internal sealed record CalculatorRun(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines => Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    public static CalculatorRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return new CalculatorRun(PriceCalculatorProgram.Run(arguments, Noon(), output, error), output.ToString(), error.ToString());
    }

    /// <summary>One run that looks for the project's catalog from these folders upwards.</summary>
    public static CalculatorRun In(IReadOnlyList<string> folders, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return new CalculatorRun(PriceCalculatorProgram.Run(arguments, Noon(), output, error, folders), output.ToString(), error.ToString());
    }

    private static ManualTimeProvider Noon() => new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>The program run on a file of this content.</summary>
    public static CalculatorRun OfCases(string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            return Of("--cases", path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The error is one line, and nothing else was written.</summary>
    public void ShouldBeRefused()
    {
        ExitCode.ShouldBe(2, Error);
        Output.ShouldBeEmpty();
        Error.ShouldStartWith("price-calculator: ");
        Error.TrimEnd().ShouldNotContain("\n");
    }
}
