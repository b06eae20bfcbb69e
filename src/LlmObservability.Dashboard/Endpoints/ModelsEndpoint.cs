using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>What the prices in force have prices for. A tenant is told of the catalog's models alone: the application's own may name its customers.</summary>
internal sealed class ModelsEndpoint() : JsonEndpoint<ModelsAnswer>(AnswerJson.Default.ModelsAnswer)
{
    private const int LongestPrefix = 512;

    private static readonly TextParameter Prefix = new(
        "prefix", LongestPrefix, "Only models whose name, provider, or both as provider/model begin with this; whatever the case.");

    private static readonly IntegerParameter Limit = new("limit", 1, 1_000, 100, "The most models.");

    public override string Path => "models";

    public override string Summary => "Models that the prices in force have prices for, the application's own first, then by provider and name";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [Prefix, Limit];

    protected override Task<ModelsAnswer> ReadAsync(ApiRequest request)
    {
        var (prefix, limit) = (Prefix.Read(request.Query) ?? "", Limit.Read(request.Query));
        var found = request.Tenant.Restrict(request.Services.Observer.Prices).ListModels().Where(model => Begins(model, prefix)).Take(limit + 1).ToList();
        return Task.FromResult(new ModelsAnswer([.. found.Take(limit).Select(model => new PricedModelAnswer(model))], found.Count > limit));
    }

    private static bool Begins(PricedModel model, string prefix) =>
        model.Model.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        || (model.Provider is { } provider && $"{provider}/{model.Model}".StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
