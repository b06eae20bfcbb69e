namespace PriceCalculator;

/// <summary>Something that ends the program with one sentence on stderr.</summary>
internal sealed class CalculatorException : Exception
{
    public CalculatorException()
    {
    }

    public CalculatorException(string message)
        : base(message)
    {
    }

    public CalculatorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
