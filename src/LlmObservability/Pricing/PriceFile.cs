using System.Text.Json;

namespace LlmObservability.Pricing;

/// <summary>
/// A file of the application's own prices and deployments: <c>{ "prices": [ { "provider", "model", "input", "output", … } ],
/// "deployments": [ { "provider", "name", "model", "modelProvider" } ] }</c>. A price that differs by context, service tier,
/// time or place has <c>prices</c>, and <c>geo</c> and <c>speed</c>, as an entry of the catalog has them.
/// </summary>
internal sealed record PriceFile(IReadOnlyList<OverrideEntry> Prices, IReadOnlyList<DeploymentEntry> Deployments)
{
    /// <summary>Reads it whole, or not at all.</summary>
    /// <exception cref="PriceCatalogException">It is not there or malformed; the message names file, entry and field.</exception>
    public static PriceFile Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(CatalogJson.WithoutMark(ReadBytes(path)), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
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
        catch (JsonException error)
        {
            throw new PriceCatalogException($"{path}: it cannot be read ({error.Message}).", error);
        }
        catch (InvalidOperationException error)
        {
            throw new PriceCatalogException($"{path}: a field's name is not valid Unicode.", error);
        }
    }

    /// <summary>The whole of a file.</summary>
    /// <exception cref="PriceCatalogException">It cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PriceCatalogException($"{path}: it cannot be read ({error.Message}).", error);
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

    private static OverrideEntry Price(JsonElement element, CatalogPlace place)
    {
        if (element.TryGetProperty("prices", out _))
        {
            return Sets(element, place);
        }

        var price = new PriceOverride();
        foreach (var property in element.EnumerateObject())
        {
            var at = place.Below(property.Name);
            switch (property.Name)
            {
                case "provider": price.Provider = CatalogJson.Text(property.Value, at); break;
                case "model": price.Model = CatalogJson.Text(property.Value, at); break;
                default:
                    var kind = OverridePrice.All.FirstOrDefault(k => k.FileName == property.Name) ?? throw at.Wrong("nothing is known by this name");
                    kind.Set(price, CatalogJson.Price(property.Value, at));
                    break;
            }
        }

        Require(price.Model is not null, place.Below("model"));
        Require(price.Input is not null, place.Below("input"));
        Require(price.Output is not null, place.Below("output"));
        return OverrideEntry.Create(price, 0);
    }

    private static OverrideEntry Sets(JsonElement element, CatalogPlace place)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name is not ("provider" or "model" or "prices" or "geo" or "speed"))
            {
                throw place.Below(property.Name).Wrong("beside 'prices' only 'provider', 'model', 'geo' and 'speed' are known");
            }
        }

        var provider = element.TryGetProperty("provider", out var text) ? CatalogJson.Text(text, place.Below("provider")) : null;
        return OverrideEntry.Create(
            provider,
            CatalogJson.RequireText(element, "model", place),
            PriceSetReader.ReadAll(element, place),
            PriceCatalogReader.ReadMultipliers(element, "geo", place),
            PriceCatalogReader.ReadMultipliers(element, "speed", place));
    }

    private static DeploymentEntry Deployment(JsonElement element, CatalogPlace place)
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
        return DeploymentEntry.Create(deployment, place);
    }

    private static void Require(bool present, CatalogPlace place)
    {
        if (!present)
        {
            throw place.Wrong("it is missing");
        }
    }
}
