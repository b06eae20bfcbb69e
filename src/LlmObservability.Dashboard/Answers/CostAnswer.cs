using System.Text.Json.Serialization;

namespace LlmObservability.Dashboard.Answers;

/// <summary>A cost in nano-dollars and dollars; all left out where it is not known.</summary>
internal abstract record CostAnswer
{
    protected CostAnswer(LlmCost? cost)
    {
        if (cost is { } known)
        {
            (CostNanos, CostUsd) = Both(known.TotalNanos);
            (CostInputNanos, CostInputUsd) = Both(known.InputNanos);
            (CostCachedInputNanos, CostCachedInputUsd) = Both(known.CachedInputNanos);
            (CostOutputNanos, CostOutputUsd) = Both(known.OutputNanos);
            (CostFeesNanos, CostFeesUsd) = Both(known.FeesNanos);
        }
    }

    [JsonPropertyOrder(50)]
    public Nanos? CostNanos { get; }

    [JsonPropertyOrder(50)]
    public ExactDecimal? CostUsd { get; }

    [JsonPropertyOrder(50)]
    public Nanos? CostInputNanos { get; }

    [JsonPropertyOrder(50)]
    public ExactDecimal? CostInputUsd { get; }

    [JsonPropertyOrder(50)]
    public Nanos? CostCachedInputNanos { get; }

    [JsonPropertyOrder(50)]
    public ExactDecimal? CostCachedInputUsd { get; }

    [JsonPropertyOrder(50)]
    public Nanos? CostOutputNanos { get; }

    [JsonPropertyOrder(50)]
    public ExactDecimal? CostOutputUsd { get; }

    [JsonPropertyOrder(50)]
    public Nanos? CostFeesNanos { get; }

    [JsonPropertyOrder(50)]
    public ExactDecimal? CostFeesUsd { get; }

    private static (Nanos Nanos, ExactDecimal Usd) Both(long nanos) => (new Nanos(nanos), new ExactDecimal(LlmCost.ToUsd(nanos)));
}
