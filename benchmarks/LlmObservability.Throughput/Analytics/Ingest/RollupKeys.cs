namespace LlmObservability.Throughput.Analytics.Ingest;

/// <summary>The rollup rows that calls of one minute add to: combinations of the four sets with deltas of their own, and each user and own tag.</summary>
internal sealed class RollupKeys
{
    private readonly HashSet<object> _keys = [];

    public int Count => _keys.Count;

    public void Add(LlmCall call) => _keys.UnionWith(Of(call));

    /// <summary>How many keys a call would add.</summary>
    public int Missing(LlmCall call) => Of(call).Count(key => !_keys.Contains(key));

    private static IEnumerable<object> Of(LlmCall call)
    {
        var tags = call.Tags;
        yield return ("service", tags.Environment, tags.Service, tags.ServiceVersion, call.Operation, call.Provider, (call.Model, tags.Route));
        yield return ("tenant_model", tags.Environment, tags.Tenant, call.Provider, call.Model);
        yield return ("experiment", tags.Environment, tags.Feature, tags.Config, tags.Variant, call.Provider, call.Model);
        yield return ("ending", tags.Environment, call.Provider, call.Model, tags.Route, call.ErrorType, call.FinishReason);
        if (tags.User is { } user)
        {
            yield return ("user", user);
        }

        foreach (var (key, value) in tags.Custom)
        {
            yield return ("tag", key, value);
        }
    }
}
