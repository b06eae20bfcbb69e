namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>A route of the application, the one that asks most first.</summary>
/// <param name="Route">Its name.</param>
/// <param name="Service">The service that serves it.</param>
/// <param name="Feature">The feature it belongs to.</param>
/// <param name="MedianInput">Input tokens of the middle call.</param>
/// <param name="MedianOutput">Output tokens of the middle call.</param>
internal sealed record RouteProfile(string Route, string Service, string Feature, int MedianInput, int MedianOutput)
{
    /// <summary>Whether a user waits; else a job asks.</summary>
    public bool Interactive { get; init; } = true;

    public bool Converses { get; init; }

    /// <summary>Whether its answers are asked for as JSON, and checked.</summary>
    public bool Checked { get; init; }

    public bool Embeds { get; init; }

    /// <summary>Whether an experiment runs on its feature.</summary>
    public bool HasVariants { get; init; }

    public static IReadOnlyList<RouteProfile> All { get; } =
    [
        new("/api/chat", "shop", "assistant", 1_800, 220) { Converses = true, HasVariants = true },
        new("/api/search/answer", "shop", "search", 3_200, 160) { HasVariants = true },
        new("/api/support/reply", "support", "support", 2_400, 300) { Converses = true },
        new("/api/index", "catalog", "indexing", 600, 0) { Interactive = false, Embeds = true },
        new("/api/products/describe", "catalog", "descriptions", 900, 350) { HasVariants = true },
        new("/api/support/classify", "support", "triage", 700, 12) { Checked = true },
        new("/api/documents/extract", "documents", "extraction", 5_500, 420) { Checked = true },
        new("/api/documents/summarize", "documents", "summaries", 7_000, 380),
        new("/api/chat/title", "shop", "assistant", 500, 9) { Converses = true },
        new("/api/code/review", "studio", "review", 6_000, 700),
        new("/jobs/moderation", "catalog", "moderation", 350, 6) { Interactive = false },
        new("/jobs/digest", "documents", "summaries", 9_000, 600) { Interactive = false },
    ];
}
