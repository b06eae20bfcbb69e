namespace LlmObservability.Pricing;

/// <summary>Where in a catalog a reader is, to name the place of a mistake.</summary>
internal readonly record struct CatalogPlace(string Source, string? Provider = null, string? Model = null, string? Field = null)
{
    /// <summary>The place of a field below this one.</summary>
    internal CatalogPlace Below(string field) => this with { Field = Field is null ? field : $"{Field}.{field}" };

    internal CatalogPlace At(int index) => this with { Field = $"{Field}[{index}]" };

    internal PriceCatalogException Wrong(string problem)
    {
        var provider = Provider is null ? "" : $", provider '{Provider}'";
        var model = Model is null ? "" : $", model '{Model}'";
        var field = Field is null ? "" : $", field '{Field}'";
        return new PriceCatalogException($"{Source}{provider}{model}{field}: {problem}.");
    }
}
