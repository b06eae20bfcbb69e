using LlmObservability.Queries;

namespace LlmObservability.Postgres;

/// <summary>
/// A combination of fields over which calls are summed. Each answers the questions of one kind of screen; all fields at once
/// would have nearly as many rows as there are calls. The environment is in each, since whoever looks at one screen looks at one
/// environment.
/// </summary>
internal sealed class RollupSet
{
    private RollupSet(string name, params LlmField[] dimensions) => (Name, Dimensions) = (name, dimensions);

    /// <summary>What runs where: routes, services, releases.</summary>
    public static RollupSet Service { get; } = new(
        "service",
        LlmField.Environment, LlmField.Service, LlmField.ServiceVersion, LlmField.Operation, LlmField.Provider, LlmField.Model, LlmField.Route);

    /// <summary>The overview: a row or few for a minute, so that a month by the hour is told at once.</summary>
    public static RollupSet Total { get; } = new("total", LlmField.Environment) { Source = Service };

    /// <summary>Which models do what.</summary>
    public static RollupSet Model { get; } = new("model", LlmField.Environment, LlmField.Operation, LlmField.Provider, LlmField.Model) { Source = Service };

    /// <summary>Who pays, and for which model.</summary>
    public static RollupSet TenantModel { get; } = new("tenant_model", LlmField.Environment, LlmField.Tenant, LlmField.Provider, LlmField.Model);

    /// <summary>Who pays.</summary>
    public static RollupSet Tenant { get; } = new("tenant", LlmField.Environment, LlmField.Tenant) { Source = TenantModel };

    /// <summary>Which of several ways does better.</summary>
    public static RollupSet Experiment { get; } = new(
        "experiment",
        LlmField.Environment, LlmField.Feature, LlmField.Config, LlmField.Variant, LlmField.Provider, LlmField.Model);

    /// <summary>How calls end.</summary>
    public static RollupSet Ending { get; } = new(
        "ending",
        LlmField.Environment, LlmField.Provider, LlmField.Model, LlmField.Route, LlmField.ErrorType, LlmField.FinishReason);

    /// <summary>All of them, those with fewer rows for a question first.</summary>
    public static IReadOnlyList<RollupSet> All { get; } = [Total, Model, Tenant, Service, TenantModel, Experiment, Ending];

    /// <summary>The value of the column <c>rollup</c>.</summary>
    public string Name { get; }

    /// <summary>The set that this one is a summary of, and is made from when deltas are folded; null of one that has deltas of its own.</summary>
    public RollupSet? Source { get; private init; }

    /// <summary>What the column <c>rollup</c> says in the deltas that hold its calls.</summary>
    public string NameInDeltas => (Source ?? this).Name;

    /// <summary>Its fields; each has a column of its name, which is NULL in the rows of other sets.</summary>
    public IReadOnlyList<LlmField> Dimensions { get; }

    /// <summary>Whether each of these fields is one of the set.</summary>
    public bool Has(IEnumerable<LlmField> fields) => fields.All(Dimensions.Contains);
}
