using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Answers;

/// <summary>Models that there are prices for.</summary>
internal sealed record ModelsAnswer(IReadOnlyList<PricedModelAnswer> Models, bool HasMore);

/// <summary>A model that there are prices for; without a provider it holds for every one.</summary>
internal sealed record PricedModelAnswer
{
    public PricedModelAnswer(PricedModel model)
    {
        (Provider, Model) = (model.Provider, model.Model);
    }

    public string? Provider { get; }

    public string Model { get; }
}
