namespace LlmObservability.Pricing;

/// <summary>A provider of a catalog: what it is called, where it answers, and its models. Immutable.</summary>
internal sealed class PriceProvider
{
    internal required string Id { get; init; }

    internal required string[] Names { get; init; }

    internal required string[] Hosts { get; init; }

    /// <summary>Patterns of model names that imply the provider.</summary>
    internal required string[] Infer { get; init; }

    /// <summary>Ids of the providers to ask for a model that this one does not have; their own fallbacks are not followed.</summary>
    internal required string[] Fallback { get; init; }

    internal required NameTable<PriceModel> Models { get; init; }

    /// <summary>The models under their own names.</summary>
    internal required PriceModel[] Entries { get; init; }

    internal int ModelCount => Entries.Length;
}
