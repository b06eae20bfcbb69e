namespace LlmObservability.Telemetry;

/// <summary>Turns tags into attributes: all of them for spans, the allow-listed ones for metrics.</summary>
/// <param name="metricKeys">The allow-listed keys, in canonical form.</param>
internal sealed class TagAttributes(IReadOnlyList<string> metricKeys)
{
    private static readonly (string Key, Func<LlmTags, string?> Value)[] FirstClass =
    [
        ("user", tags => tags.User),
        ("tenant", tags => tags.Tenant),
        ("session", tags => tags.Session),
        ("conversation", tags => tags.Conversation),
        ("episode", tags => tags.Episode),
        ("route", tags => tags.Route),
        ("feature", tags => tags.Feature),
        ("config", tags => tags.Config),
        ("variant", tags => tags.Variant),
        ("environment", tags => tags.Environment),
        ("service", tags => tags.Service),
        ("service_version", tags => tags.ServiceVersion),
    ];

    private readonly (string Attribute, Func<LlmTags, string?> Value)[] _metric =
        [.. metricKeys.Select(key => (TelemetryNames.Own.TagPrefix + key, Reader(key)))];

    /// <summary>Every allow-listed key, with the value that stands for the rest.</summary>
    public MetricTags Folded => _metric.Length == 0
        ? MetricTags.None
        : new MetricTags(Array.ConvertAll(_metric, tag => new KeyValuePair<string, object?>(tag.Attribute, TelemetryNames.Other)));

    public static KeyValuePair<string, object?>[] ForSpans(LlmTags tags)
    {
        var attributes = new List<KeyValuePair<string, object?>>();
        foreach (var (key, value) in FirstClass)
        {
            if (value(tags) is { } known)
            {
                attributes.Add(new(TelemetryNames.Own.TagPrefix + key, known));
            }
        }

        foreach (var (key, value) in tags.Custom)
        {
            attributes.Add(new(TelemetryNames.Own.TagPrefix + key, value));
        }

        return [.. attributes];
    }

    /// <summary>All of them, in the same order.</summary>
    public static void Write<T>(T to, LlmTags tags)
        where T : struct, IAttributes
    {
        foreach (var (key, value) in FirstClass)
        {
            if (value(tags) is { } known)
            {
                to.AddTag(key, known);
            }
        }

        // By index: an enumerator would be an object.
        var custom = tags.Custom;
        for (var i = 0; i < custom.Count; i++)
        {
            to.AddTag(custom[i].Key, custom[i].Value);
        }
    }

    public MetricTags ForMetrics(LlmTags tags)
    {
        if (_metric.Length == 0)
        {
            return MetricTags.None;
        }

        var attributes = new List<KeyValuePair<string, object?>>(_metric.Length);
        foreach (var (attribute, value) in _metric)
        {
            if (value(tags) is { } known)
            {
                attributes.Add(new(attribute, known));
            }
        }

        return attributes.Count == 0 ? MetricTags.None : new MetricTags([.. attributes]);
    }

    private static Func<LlmTags, string?> Reader(string key)
    {
        foreach (var (known, value) in FirstClass)
        {
            if (known == key)
            {
                return value;
            }
        }

        return tags => tags.TryGetCustom(key, out var value) ? value : null;
    }
}
