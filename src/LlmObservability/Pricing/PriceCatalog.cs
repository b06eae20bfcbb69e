namespace LlmObservability.Pricing;

/// <summary>
/// Prices by provider and model, read from a document of schema <c>llm-prices/1</c>, with the application's overrides
/// above them. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// A model is found by override, then by its exact name, then by the pattern with the most literal characters, then
/// among the provider's fallbacks, whose prices then stand under the name of the provider that was asked. The provider is the one whose host it is, else the one that has the given name; only
/// when neither is given is it inferred from the model's name. A provider's name that the catalog does not know is never
/// replaced by a guess.
/// </remarks>
public sealed class PriceCatalog
{
    private static readonly Lazy<PriceCatalog> Default = new(ReadDefault);

    private readonly PriceProvider[] _providers;
    private readonly OverrideEntry[] _overrides;
    private readonly DeploymentEntry[] _deployments;
    private readonly PriceResolver _resolver;
    private readonly PriceCatalog _asRead;

    private PriceCatalog(string sourceName, DateOnly date, PriceProvider[] providers)
    {
        (SourceName, Date, _providers, _overrides, _deployments) = (sourceName, date, providers, [], []);
        _resolver = new PriceResolver(providers, [], []);
        _asRead = this;
    }

    private PriceCatalog(PriceCatalog source, OverrideEntry[] overrides, DeploymentEntry[] deployments)
    {
        (SourceName, Date, _providers, _asRead) = (source.SourceName, source.Date, source._providers, source._asRead);
        _overrides = overrides;
        _deployments = deployments;
        _resolver = new PriceResolver(_providers, overrides, deployments);
    }

    /// <summary>The date of the catalog's facts (<c>sourceDate</c>).</summary>
    public DateOnly Date { get; }

    /// <summary>What the catalog was read from, as given to <see cref="Parse"/>.</summary>
    public string SourceName { get; }

    /// <summary>How many models the catalog holds, without overrides.</summary>
    public int ModelCount => _providers.Sum(p => p.ModelCount);

    /// <summary>
    /// The models with prices by a name of their own, deployments among them: first the application's, then the catalog's, by provider and
    /// model, each once. What an override or a deployment gives by a pattern has no name. Made anew at each call.
    /// </summary>
    public IReadOnlyList<PricedModel> ListModels()
    {
        var own = _overrides.Where(entry => entry.IsExact).Select(entry => new PricedModel(entry.Provider, entry.Price.Id))
            .Concat(_deployments.Where(entry => entry.IsExact).Select(entry => new PricedModel(entry.Provider, entry.Name)));
        var listed = _providers.SelectMany(provider => provider.Entries.Where(entry => provider.Models.Find(entry.Id) is not null).Select(entry => new PricedModel(provider.Id, entry.Id)));
        return [.. new[] { own, listed }
            .SelectMany(models => models.OrderBy(model => model.Provider, StringComparer.Ordinal).ThenBy(model => model.Model, StringComparer.Ordinal))
            .Distinct()];
    }

    internal PriceResolver Resolver => _resolver;

    /// <summary>The catalog that comes with this library. Read once; the same instance every time.</summary>
    public static PriceCatalog LoadDefault() => Default.Value;

    /// <summary>
    /// The catalog by which an observer with these options prices: theirs or this library's, with their prices and deployments,
    /// and those of the price file. For whoever prices elsewhere by the same prices; files are read once, now.
    /// </summary>
    /// <exception cref="PriceCatalogException">A file cannot be read, or a price is wrong.</exception>
    public static PriceCatalog Load(LlmObservabilityOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return PriceBook.Load(options);
    }

    /// <summary>
    /// This catalog as it was read, without overrides and deployments: for whoever is not to see the application's own names and
    /// prices. The same instance every time.
    /// </summary>
    public PriceCatalog WithoutOverrides() => _asRead;

    /// <summary>Reads a catalog.</summary>
    /// <param name="json">The document, UTF-8.</param>
    /// <param name="sourceName">What error messages call it: a file's name, an address.</param>
    /// <exception cref="PriceCatalogException">
    /// The document is malformed, or holds a price that is negative or above 1,000,000 USD (per million tokens, or per
    /// thousand requests); the message names source, provider, model and field.
    /// </exception>
    public static PriceCatalog Parse(ReadOnlyMemory<byte> json, string sourceName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sourceName);
        var (date, providers) = PriceCatalogReader.Read(json, sourceName);
        return new PriceCatalog(sourceName, date, providers);
    }

    /// <summary>
    /// A catalog in which these overrides beat everything: the catalog's entries, and overrides added before. The
    /// overrides are copied. Among them an exact name beats a pattern, then the most literal characters, then one with a
    /// provider, then the one given last. An override for the request's model also beats a catalog entry for the response's.
    /// </summary>
    /// <exception cref="PriceCatalogException">An override has no model, no input or output price, or an impossible price.</exception>
    public PriceCatalog With(IEnumerable<PriceOverride> overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        return With(overrides.Select(OverrideEntry.Create).ToArray());
    }

    /// <summary>
    /// A catalog in which these deployments stand for models, before those added earlier. An override of the same name goes
    /// before a deployment; among deployments an exact name beats a pattern, then the most literal characters, then one
    /// with a provider, then the one given last. The deployments are copied.
    /// </summary>
    /// <exception cref="PriceCatalogException">A deployment has no name or model, or names a model's provider that has no such model.</exception>
    public PriceCatalog With(IEnumerable<ModelDeployment> deployments)
    {
        ArgumentNullException.ThrowIfNull(deployments);
        return With(deployments.Select(DeploymentEntry.Create).ToArray());
    }

    internal PriceCatalog With(IReadOnlyCollection<DeploymentEntry> added)
    {
        foreach (var entry in added)
        {
            if (entry.ModelProvider is { } provider && _resolver.Find(new PriceKey(provider, null, entry.Model, null)) is null)
            {
                throw (entry.Place with { Provider = provider, Model = entry.Model }).Wrong("there are no prices of this provider and model");
            }
        }

        // What comes later goes before what came earlier, among those given together too.
        return added.Count == 0 ? this : new PriceCatalog(this, _overrides, [.. added.Reverse(), .. _deployments]);
    }

    internal PriceCatalog With(IReadOnlyCollection<OverrideEntry> added)
    {
        return added.Count == 0 ? this : new PriceCatalog(this, [.. added.Reverse(), .. _overrides], _deployments);
    }

    private static PriceCatalog ReadDefault()
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")
            ?? throw new PriceCatalogException("catalog.json: the resource is missing from the assembly.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Parse(memory.ToArray(), "catalog.json");
    }
}
