using System.Globalization;
using System.Text.Json;

namespace PriceCalculator.Update.GenaiPrices;

/// <summary>Reads genai-prices' <c>data.json</c>: a list of providers with their models, in its later form beside a list of units.</summary>
internal sealed class GenaiPricesReader
{
    private readonly Upstream _upstream = new(PriceSource.GenaiPrices);
    private readonly HashSet<(string Provider, string Model)> _read = [];
    private int _otherUnits;

    private GenaiPricesReader()
    {
    }

    public static bool Recognises(JsonElement root)
    {
        return Providers(root) is { ValueKind: JsonValueKind.Array } providers && providers.GetArrayLength() > 0
            && providers.EnumerateArray().All(p => p.ValueKind == JsonValueKind.Object && p.TryGetProperty("id", out var id)
                && id.ValueKind == JsonValueKind.String && id.GetString()!.Length > 0
                && p.TryGetProperty("models", out var models) && models.ValueKind == JsonValueKind.Array);
    }

    /// <exception cref="CalculatorException">The file counts in other units than this program knows.</exception>
    public static Upstream Read(JsonElement root)
    {
        CheckUnits(root);
        var reader = new GenaiPricesReader();
        foreach (var provider in Providers(root)!.Value.EnumerateArray())
        {
            var id = provider.GetProperty("id").GetString()!;
            reader._upstream.Providers.Add(GenaiProviders.Read(id, provider));
            foreach (var model in provider.GetProperty("models").EnumerateArray())
            {
                reader.ReadModel(GenaiProviders.Id(id), model);
            }
        }

        if (reader._otherUnits > 0)
        {
            reader._upstream.LeftOut.Add(string.Create(
                CultureInfo.InvariantCulture, $"{reader._otherUnits} without a price by token, request or reranking"));
        }

        return reader._upstream;
    }

    private static JsonElement? Providers(JsonElement root)
    {
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("providers", out var providers) && !root.TryGetProperty("schema", out _)
            ? providers
            : root.ValueKind == JsonValueKind.Array ? root : null;
    }

    private static void CheckUnits(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("units", out var units) || units.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var unit in units.EnumerateObject().Where(u => u.Value.ValueKind == JsonValueKind.Object))
        {
            if (unit.Value.TryGetProperty("price_key", out var key) && key.ValueKind == JsonValueKind.String
                && GenaiPriceKeys.Per(key.GetString()!) is { } known
                && (!unit.Value.TryGetProperty("per", out var per) || per.GetRawText() != known.ToString(CultureInfo.InvariantCulture)))
            {
                throw new CalculatorException($"The file's {key.GetString()} is not a price per {known.ToString("N0", CultureInfo.InvariantCulture)}.");
            }
        }
    }

    private void ReadModel(string provider, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("id", out var value)
            || value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } id)
        {
            _upstream.Skipped.Add(new SkippedEntry(provider, ExactNumber.Shown(element), "it has no id"));
            return;
        }

        try
        {
            if (!_read.Add((provider, id.ToLowerInvariant())))
            {
                // Of two entries of one name, neither can be believed.
                _upstream.Models.RemoveAll(m => m.Provider == provider && m.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
                throw EntryException.Bad("it stands twice in the file");
            }

            var read = GenaiModel.Read(provider, id, element);
            if (read is null)
            {
                _otherUnits++;
            }
            else
            {
                _upstream.Models.Add(read);
            }
        }
        catch (EntryException exception)
        {
            _upstream.Skipped.Add(new SkippedEntry(provider, id, exception.Message));
        }
    }
}
