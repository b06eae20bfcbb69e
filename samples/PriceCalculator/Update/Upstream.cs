using System.Text.Json.Nodes;

namespace PriceCalculator.Update;

/// <summary>One of the two sources of the catalog.</summary>
/// <param name="Id">Its id among the catalog's sources.</param>
/// <param name="Name">What it is called in a report.</param>
/// <param name="Mark">What <c>src</c> of its models says; null when they have none.</param>
internal sealed record PriceSource(string Id, string Name, string? Mark)
{
    public static readonly PriceSource GenaiPrices = new("g", "genai-prices", null);

    public static readonly PriceSource LiteLlm = new("l", "LiteLLM", "l");
}

/// <summary>One model of an upstream file in the catalog's terms. Null: the file does not say.</summary>
internal sealed record UpstreamModel(string Provider, string Id, JsonArray Prices)
{
    /// <summary>The patterns of its names; null when the id is the only one.</summary>
    public IReadOnlyList<string>? Match { get; init; }

    public string? Checked { get; init; }

    public bool Deprecated { get; init; }

    public string? Sunset { get; init; }

    public JsonObject? Geo { get; init; }

    public JsonObject? Speed { get; init; }
}

/// <summary>One provider of an upstream file in the catalog's terms.</summary>
internal sealed record UpstreamProvider(string Id, IReadOnlyList<string> Names, IReadOnlyList<string> Hosts, IReadOnlyList<string> Infer)
{
    public IReadOnlyList<string> Fallback { get; init; } = [];
}

/// <summary>An entry that is not taken, and why.</summary>
/// <param name="Provider">The catalog's provider; empty when the entry does not say whose it is.</param>
/// <param name="Id">The model.</param>
/// <param name="Reason">Why.</param>
internal sealed record SkippedEntry(string Provider, string Id, string Reason);

/// <summary>What was read from an upstream file.</summary>
internal sealed record Upstream(PriceSource Source)
{
    public List<UpstreamProvider> Providers { get; } = [];

    public List<UpstreamModel> Models { get; } = [];

    /// <summary>What LiteLLM says of models whose entries are genai-prices': their service tiers come from here.</summary>
    public List<UpstreamModel> Beside { get; } = [];

    public List<SkippedEntry> Skipped { get; } = [];

    /// <summary>What was left out on purpose, a sentence each.</summary>
    public List<string> LeftOut { get; } = [];
}
