namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>
/// A combination of model, route and environment that occurs: routes ask two or three models each, so that of all that
/// could be only about forty do, and some thirty in a minute.
/// </summary>
internal sealed record Lane(ModelProfile Model, RouteProfile Route, string Environment, double Weight)
{
    private const string Production = "Production";

    public static IReadOnlyList<Lane> All { get; } = [.. InProduction(), .. Elsewhere("Staging", 4, 0.05), .. Elsewhere("Development", 2, 0.01)];

    private static IEnumerable<Lane> InProduction()
    {
        var (routes, models) = (RouteProfile.All, ModelProfile.All);
        for (var route = 0; route < routes.Count; route++)
        {
            for (var model = 0; model < models.Count; model++)
            {
                var asks = routes[route].Embeds
                    ? models[model].Embeds
                    : !models[model].Embeds && (model == 0 || (route + model) % 3 == 0);
                if (asks)
                {
                    yield return new Lane(models[model], routes[route], Production, Math.Pow(route + 1, -0.6) * ModelWeight(model));
                }
            }
        }
    }

    /// <summary>By Zipf's law over all routes: every route asks the first, one in three each of the others.</summary>
    private static double ModelWeight(int model) => model == 0 ? 0.4 : ModelProfile.All[model].Embeds ? 0.5 : 1.0 / (model + 1);

    private static IEnumerable<Lane> Elsewhere(string environment, int count, double share)
    {
        var production = InProduction().ToArray();
        var weight = production.Sum(lane => lane.Weight) * share / count;
        return production.Take(count).Select(lane => lane with { Environment = environment, Weight = weight });
    }
}
