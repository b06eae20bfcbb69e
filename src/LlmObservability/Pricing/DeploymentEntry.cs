namespace LlmObservability.Pricing;

/// <summary>A checked copy of a <see cref="ModelDeployment"/>.</summary>
internal sealed class DeploymentEntry
{
    private DeploymentEntry(string? provider, string name, string model, string? modelProvider, CatalogPlace place)
    {
        Provider = provider;
        Name = name;
        IsExact = !NamePattern.HasWildcard(name);
        Pattern = new NamePattern(name);
        Model = model;
        ModelProvider = modelProvider;
        Place = place;
    }

    internal string? Provider { get; }

    internal string Name { get; }

    internal bool IsExact { get; }

    internal NamePattern Pattern { get; }

    internal string Model { get; }

    internal string? ModelProvider { get; }

    /// <summary>Where it was read, to name the place of a mistake.</summary>
    internal CatalogPlace Place { get; }

    internal static DeploymentEntry Create(ModelDeployment source, int index)
    {
        var place = new CatalogPlace("Deployments") { Field = $"[{index}]" };
        return source is null ? throw place.Wrong("it is null") : Create(source, place);
    }

    internal static DeploymentEntry Create(ModelDeployment source, CatalogPlace place)
    {
        var (name, model) = (Clean(source.Name), Clean(source.Model));
        return new DeploymentEntry(
            Clean(source.Provider),
            name ?? throw place.Below(nameof(source.Name)).Wrong("it is missing"),
            model ?? throw place.Below(nameof(source.Model)).Wrong("it is missing"),
            Clean(source.ModelProvider),
            place);
    }

    private static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
