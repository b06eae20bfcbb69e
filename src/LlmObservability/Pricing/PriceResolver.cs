using System.Collections.Concurrent;

namespace LlmObservability.Pricing;

/// <summary>Finds the entry for a provider, host and model. Thread-safe; remembers up to <see cref="MaxRemembered"/> answers.</summary>
internal sealed class PriceResolver
{
    internal const int MaxRemembered = 4_096;

    // Longer names are no model's, and would make the cache's size depend on what a caller sends.
    private const int MaxNameLength = 512;

    private readonly OverrideEntry[] _overrides;
    private readonly DeploymentEntry[] _deployments;
    private readonly NameTable<PriceProvider> _names;
    private readonly NameTable<PriceProvider> _hosts;
    private readonly NameTable<PriceProvider> _infer;
    private readonly Dictionary<string, PriceProvider> _ids;
    private readonly ConcurrentDictionary<PriceKey, PriceModel?> _remembered = new(new PriceKeyComparer());
    private readonly object _adding = new();

    internal PriceResolver(PriceProvider[] providers, IEnumerable<OverrideEntry> overrides, IEnumerable<DeploymentEntry> deployments)
    {
        // OrderBy is stable: among equals, the order in which they were given.
        _overrides =
        [
            .. overrides.OrderByDescending(o => o.IsExact)
                .ThenByDescending(o => o.Pattern.Literals)
                .ThenByDescending(o => o.Provider is not null),
        ];
        _deployments =
        [
            .. deployments.OrderByDescending(d => d.IsExact)
                .ThenByDescending(d => d.Pattern.Literals)
                .ThenByDescending(d => d.Provider is not null),
        ];
        _ids = providers.ToDictionary(p => p.Id, StringComparer.OrdinalIgnoreCase);
        // Ids go before names: no provider can take another's id for its own name.
        _names = new(providers.Select(p => (p.Id, p)).Concat(providers.SelectMany(p => p.Names.Select(n => (n, p)))));
        _hosts = new(providers.SelectMany(p => p.Hosts.SelectMany(h => new[] { (h, p), ("*." + h, p) })));
        _infer = new(providers.SelectMany(p => p.Infer.Select(i => (i, p))));
    }

    internal int Remembered => _remembered.Count;

    internal PriceModel? Find(in PriceKey key)
    {
        if (_remembered.TryGetValue(key, out var model))
        {
            return model;
        }

        model = Search(key);
        if (IsShort(key.Provider) && IsShort(key.Host) && IsShort(key.ResponseModel) && IsShort(key.RequestModel))
        {
            Remember(key, model);
        }

        return model;
    }

    private static bool IsShort(string? name) => name is null || name.Length <= MaxNameLength;

    private void Remember(in PriceKey key, PriceModel? model)
    {
        lock (_adding)
        {
            // Starting over is rare, cheap and fair: the names in use come back first.
            if (_remembered.Count >= MaxRemembered)
            {
                _remembered.Clear();
            }

            _remembered.TryAdd(key, model);
        }
    }

    private PriceModel? Search(in PriceKey key)
    {
        var provider = Clean(key.Provider);
        var direct = new List<PriceProvider>(2);
        Add(direct, Clean(key.Host) is { } host ? _hosts.Find(host) : null);
        Add(direct, provider is null ? null : _names.Find(provider));
        var infer = direct.Count == 0 && provider is null;

        var response = Clean(key.ResponseModel);
        var request = Clean(key.RequestModel);
        return SearchOverrides(response, provider, direct, infer)
            ?? SearchOverrides(request, provider, direct, infer)
            ?? SearchDeployments(response, provider, direct, infer)
            ?? SearchDeployments(request, provider, direct, infer)
            ?? SearchCatalog(response, direct, infer)
            ?? SearchCatalog(request, direct, infer);
    }

    private static string? Clean(string? name)
    {
        return string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength ? null : name.Trim();
    }

    private static void Add(List<PriceProvider> list, PriceProvider? provider)
    {
        if (provider is not null && !list.Contains(provider))
        {
            list.Add(provider);
        }
    }

    private PriceModel? SearchOverrides(string? model, string? provider, List<PriceProvider> direct, bool infer)
    {
        if (model is null)
        {
            return null;
        }

        foreach (var entry in _overrides)
        {
            if (entry.Pattern.IsMatch(model) && IsFor(entry.Provider, model, provider, direct, infer))
            {
                return entry.Price;
            }
        }

        return null;
    }

    private PriceModel? SearchDeployments(string? name, string? provider, List<PriceProvider> direct, bool infer)
    {
        if (name is null)
        {
            return null;
        }

        foreach (var entry in _deployments)
        {
            if (entry.Pattern.IsMatch(name) && IsFor(entry.Provider, name, provider, direct, infer))
            {
                var own = entry.ModelProvider is { } wanted ? _names.Find(wanted) : null;
                var from = own is null ? direct : [own];
                return SearchOverrides(entry.Model, entry.ModelProvider ?? provider, from, infer && own is null)
                    ?? SearchCatalog(entry.Model, from, infer && own is null);
            }
        }

        return null;
    }

    private bool IsFor(string? wantedName, string model, string? provider, List<PriceProvider> direct, bool infer)
    {
        if (wantedName is null || wantedName.Equals(provider, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return _names.Find(wantedName) is { } wanted
            && (direct.Contains(wanted) || (infer && _infer.FindAll(model).Contains(wanted)));
    }

    private PriceModel? SearchCatalog(string? model, List<PriceProvider> direct, bool infer)
    {
        if (model is null)
        {
            return null;
        }

        if (infer)
        {
            return _infer.FindAll(model).Select(p => p.Models.Find(model)).FirstOrDefault(m => m is not null);
        }

        foreach (var provider in direct)
        {
            if (provider.Models.Find(model) is { } own)
            {
                return own;
            }

            foreach (var id in provider.Fallback)
            {
                if (_ids[id].Models.Find(model) is { } other)
                {
                    return other.AskedOf(provider.Id);
                }
            }
        }

        return null;
    }
}
