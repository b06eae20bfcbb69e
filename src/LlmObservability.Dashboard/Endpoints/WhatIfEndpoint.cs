using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Parameters;
using LlmObservability.Pricing;

namespace LlmObservability.Dashboard.Endpoints;

/// <summary>What the newest calls of a filter would have cost with another model, and what their cache saved.</summary>
internal sealed class WhatIfEndpoint() : JsonEndpoint<WhatIfAnswer>(AnswerJson.Default.WhatIfAnswer)
{
    // The longest name that prices are looked up by.
    private const int LongestName = 512;

    private static readonly TextParameter AsProvider = new("as_provider", LongestName, "The provider that would have served the calls; else each call's own.");
    private static readonly TextParameter AsModel = new("as_model", LongestName, "The model that would have served the calls; else each call's own.");
    private static readonly IntegerParameter Limit = new("limit", 1, 100_000, 10_000, "The most calls to look at, the newest first.");

    public override string Path => "what-if";

    public override string Summary => "What the newest calls cost, would have cost as another model by the prices in force, and saved by reading from the cache";

    public override IReadOnlyList<ApiParameter> Parameters { get; } = [AsProvider, AsModel, Limit];

    public override bool TakesFilter => true;

    protected override async Task<WhatIfAnswer> ReadAsync(ApiRequest request)
    {
        var prices = request.Services.Observer.Prices;
        var calls = new NewestCalls(request.Services.Store, request.Filter(), Limit.Read(request.Query), new WhatIf(prices));
        var (provider, model) = (NameOf(AsProvider, request), NameOf(AsModel, request));
        // By a name that a tenant gives no price is found which it could not be told of; its own calls stay as they were priced.
        var whatIf = provider is null && model is null
            ? new WhatIf(prices)
            : new WhatIf(request.Tenant.Restrict(prices)) { Provider = provider, Model = model };
        var report = await whatIf.ReportAsync(calls.ReadAsync(request.Cancellation), request.Cancellation).ConfigureAwait(false);
        return new WhatIfAnswer(report, calls.Savings, calls.Oldest, calls.IsCut, calls.CappedFrom);
    }

    private static string? NameOf(TextParameter parameter, ApiRequest request) =>
        parameter.Read(request.Query) is { } name && !string.IsNullOrWhiteSpace(name) ? name.Trim() : null;
}
