using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Answers;

/// <summary>One line of a cost's explanation.</summary>
internal sealed record CostLineAnswer
{
    public CostLineAnswer(CostLine line)
    {
        Class = line.Class;
        BilledAs = line.BilledAs;
        Quantity = line.Quantity;
        RateUsd = new ExactDecimal(line.Rate);
        RateUnit = line.RateUnit;
        AmountNanos = new ExactDecimal(line.AmountNanos);
    }

    public string Class { get; }

    public string BilledAs { get; }

    public long Quantity { get; }

    public ExactDecimal RateUsd { get; }

    public int RateUnit { get; }

    public ExactDecimal AmountNanos { get; }
}
