using System.Globalization;
using System.Text.Json;
using PriceCalculator.Update.Catalog;

namespace PriceCalculator.Update.LiteLlm;

/// <summary>Reads LiteLLM's <c>model_prices_and_context_window.json</c>: an object from model names to entries.</summary>
internal sealed class LiteLlmReader
{
    private const string Specification = "sample_spec";

    private readonly Upstream _upstream = new(PriceSource.LiteLlm);
    private readonly CatalogDocument _catalog;
    private readonly GenaiMatches _genai;
    private readonly HashSet<(string Provider, string Model)> _read = [];
    private readonly SortedDictionary<string, int> _unknownProviders = new(StringComparer.Ordinal);
    private int _won;
    private int _variants;
    private int _again;
    private int _otherUnits;

    private LiteLlmReader(CatalogDocument catalog)
    {
        _catalog = catalog;
        _genai = new GenaiMatches(catalog, withFallback: true);
    }

    public static bool Recognises(JsonElement root)
    {
        return root.ValueKind == JsonValueKind.Object && root.EnumerateObject().Any(
            p => p.Value.ValueKind == JsonValueKind.Object && p.Value.TryGetProperty("litellm_provider", out _));
    }

    public static Upstream Read(JsonElement root, CatalogDocument catalog)
    {
        var reader = new LiteLlmReader(catalog);
        foreach (var entries in root.EnumerateObject().Where(p => p.Name != Specification).GroupBy(p => p.Name, StringComparer.Ordinal))
        {
            // Of two entries of one name, neither can be believed.
            if (entries.Count() == 1)
            {
                reader.ReadEntry(entries.Key, entries.First().Value);
            }
            else
            {
                reader.Skip(entries.Key, "it stands twice in the file");
            }
        }

        reader.Summarise();
        return reader._upstream;
    }

    private void ReadEntry(string key, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Skip(key, $"it is not an object ({ExactNumber.Shown(element)})");
            return;
        }

        if (!element.TryGetProperty("litellm_provider", out var name) || name.ValueKind != JsonValueKind.String)
        {
            Skip(key, "litellm_provider is missing");
            return;
        }

        if (LiteLlmNames.Provider(name.GetString()!) is not { } provider || _catalog.Provider(provider) is null)
        {
            _unknownProviders[name.GetString()!] = _unknownProviders.GetValueOrDefault(name.GetString()!) + 1;
            return;
        }

        var model = LiteLlmNames.Model(key, provider);
        if (LiteLlmNames.IsVariant(provider, model))
        {
            _variants++;
        }
        else if (!_read.Add((provider, model)))
        {
            _again++;
        }
        else
        {
            ReadModel(provider, model, element);
        }
    }

    private void ReadModel(string provider, string model, JsonElement element)
    {
        var won = _genai.Entry(provider, model) is not null;
        try
        {
            var read = LiteLlmEntry.Read(provider, model, element);
            _won += won ? 1 : 0;
            _otherUnits += read is null && !won ? 1 : 0;
            if (read is not null)
            {
                (won ? _upstream.Beside : _upstream.Models).Add(read);
            }
        }
        catch (EntryException exception) when (won && !exception.IsBad)
        {
            // What the catalog has no word for does not matter where the entry is not used.
            _won++;
        }
        catch (EntryException exception)
        {
            Skip(provider, model, exception.Message);
        }
    }

    // Without a provider, the name may tell it; else every provider's entry of that name stays as it is.
    private void Skip(string key, string reason)
    {
        var provider = LiteLlmNames.Provider(key.Split('/')[0]) ?? "";
        Skip(provider, provider.Length == 0 ? key : LiteLlmNames.Model(key, provider), reason);
    }

    private void Skip(string provider, string model, string reason) => _upstream.Skipped.Add(new SkippedEntry(provider, model, reason));

    private void Summarise()
    {
        Count(_won, "of models that genai-prices has, whose prices win");
        Count(_unknownProviders.Values.Sum(), "of providers that the catalog does not have: "
            + string.Join(", ", _unknownProviders.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value}"))));
        Count(_variants, "of a region, size or class of models under a name of their own");
        Count(_again, "of models that came before in the file");
        Count(_otherUnits, "without a price by token, request or reranking");
    }

    private void Count(int count, string what)
    {
        if (count > 0)
        {
            _upstream.LeftOut.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }
}
