using System.Text.Json;

namespace LlmObservability.Pricing;

/// <summary>
/// A file of the application's own prices and deployments: <c>{ "prices": [ { "provider", "model", "input", "output",
/// "cachedInput", "cacheWrite" } ], "deployments": [ { "provider", "name", "model", "modelProvider" } ] }</c>.
/// </summary>
internal sealed record PriceFile(IReadOnlyList<PriceOverride> Prices, IReadOnlyList<ModelDeployment> Deployments)
{
    /// <summary>Reads it whole, or not at all.</summary>
    /// <exception cref="PriceCatalogException">It is not there or malformed; the message names file, entry and field.</exception>
    public static PriceFile Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            var place = new CatalogPlace(path);
            var root = CatalogJson.RequireObject(document.RootElement, place);
            foreach (var property in root.EnumerateObject())
            {
                if (property.Name is not ("prices" or "deployments"))
                {
                    throw place.Below(property.Name).Wrong("nothing is known by this name; 'prices' and 'deployments' are");
                }
            }

            return new PriceFile(Each(root, "prices", place, Price), Each(root, "deployments", place, Deployment));
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PriceCatalogException($"{path}: it cannot be read ({error.Message}).");
        }
    }

    private static List<T> Each<T>(JsonElement root, string name, CatalogPlace place, Func<JsonElement, CatalogPlace, T> read)
    {
        var items = new List<T>();
        if (root.TryGetProperty(name, out _))
        {
            foreach (var element in CatalogJson.RequireArray(root, name, place).EnumerateArray())
            {
                var at = place.Below(name).At(items.Count);
                items.Add(read(CatalogJson.RequireObject(element, at), at));
            }
        }

        return items;
    }

    private static PriceOverride Price(JsonElement element, CatalogPlace place)
    {
        var price = new PriceOverride();
        foreach (var property in element.EnumerateObject())
        {
            var at = place.Below(property.Name);
            switch (property.Name)
            {
                case "provider": price.Provider = CatalogJson.Text(property.Value, at); break;
                case "model": price.Model = CatalogJson.Text(property.Value, at); break;
                case "input": price.Input = CatalogJson.Price(property.Value, at); break;
                case "output": price.Output = CatalogJson.Price(property.Value, at); break;
                case "cachedInput": price.CachedInput = CatalogJson.Price(property.Value, at); break;
                case "cacheWrite": price.CacheWrite = CatalogJson.Price(property.Value, at); break;
                default: throw at.Wrong("nothing is known by this name");
            }
        }

        Require(price.Model is not null, place.Below("model"));
        Require(price.Input is not null, place.Below("input"));
        Require(price.Output is not null, place.Below("output"));
        return price;
    }

    private static ModelDeployment Deployment(JsonElement element, CatalogPlace place)
    {
        var deployment = new ModelDeployment();
        foreach (var property in element.EnumerateObject())
        {
            var at = place.Below(property.Name);
            var text = CatalogJson.Text(property.Value, at);
            switch (property.Name)
            {
                case "provider": deployment.Provider = text; break;
                case "name": deployment.Name = text; break;
                case "model": deployment.Model = text; break;
                case "modelProvider": deployment.ModelProvider = text; break;
                default: throw at.Wrong("nothing is known by this name");
            }
        }

        Require(deployment.Name is not null, place.Below("name"));
        Require(deployment.Model is not null, place.Below("model"));
        return deployment;
    }

    private static void Require(bool present, CatalogPlace place)
    {
        if (!present)
        {
            throw place.Wrong("it is missing");
        }
    }
}
