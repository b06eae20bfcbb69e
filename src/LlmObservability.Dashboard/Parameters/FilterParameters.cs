using System.Diagnostics.CodeAnalysis;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>
/// The filter in a query string. A field's name by itself: one of these values; <c>OPERATOR.FIELD</c>: the other comparisons;
/// <c>missing</c> and <c>present</c> take names of fields. All must hold.
/// </summary>
internal static class FilterParameters
{
    /// <summary>The whole filter as the parameter at fault.</summary>
    public const string Whole = "filter";

    public const string Missing = "missing";
    public const string Present = "present";

    public static readonly TimeParameter From = new("from", "Calls that started at or after this time.");
    public static readonly TimeParameter To = new("to", "Calls that started before this time.");

    /// <summary>The operators that stand before a field's name, and how often such a parameter may stand.</summary>
    public static readonly (string Prefix, LlmOperator Operator, int MaxCount)[] Prefixes =
    [
        ("not_in.", LlmOperator.NotIn, LlmQueryValidator.MaxValues),
        ("at_least.", LlmOperator.AtLeast, LlmQueryValidator.MaxConditions),
        ("below.", LlmOperator.Below, LlmQueryValidator.MaxConditions),
        ("starts_with.", LlmOperator.StartsWith, LlmQueryValidator.MaxConditions),
    ];

    /// <summary>Whether an operator can be asked of a field.</summary>
    public static bool Fits(LlmOperator op, LlmFieldType type) => op switch
    {
        LlmOperator.AtLeast or LlmOperator.Below => type is LlmFieldType.Integer or LlmFieldType.Number or LlmFieldType.Time,
        LlmOperator.StartsWith => type == LlmFieldType.Text,
        _ => true,
    };

    /// <summary>How often a parameter of that name may stand; 0 for one that is no part of a filter.</summary>
    public static int MaxCountOf(string name) => name switch
    {
        Missing or Present => LlmQueryValidator.MaxConditions,
        _ when name == From.Name || name == To.Name => 1,
        _ => TryParse(name, out _, out _, out var most) ? most : 0,
    };

    /// <param name="query">The query, checked.</param>
    /// <param name="mostConditions">How many conditions it may make.</param>
    /// <exception cref="ProblemException">Names the parameter at fault.</exception>
    public static LlmFilter Read(ApiQuery query, int mostConditions)
    {
        var (from, to) = (From.Read(query), To.Read(query));
        if (from > to)
        {
            throw ProblemException.Invalid(From.Name, "'from' is not after 'to'.");
        }

        var conditions = new List<LlmCondition>();
        foreach (var name in query.Names)
        {
            foreach (var condition in Conditions(name, query.All(name)))
            {
                if (conditions.Count == mostConditions)
                {
                    throw ProblemException.Invalid(SafeText.Of(name), FormattableString.Invariant($"A filter has at most {mostConditions} conditions."));
                }

                conditions.Add(condition);
            }
        }

        return new LlmFilter { From = from, To = to, Conditions = conditions };
    }

    private static IEnumerable<LlmCondition> Conditions(string name, IReadOnlyList<string> values)
    {
        if (name is Missing or Present)
        {
            return values.Select(value => new LlmCondition(FieldOf(name, value), name == Missing ? LlmOperator.Missing : LlmOperator.Present));
        }

        if (!TryParse(name, out var field, out var op, out _))
        {
            return [];
        }

        if (values.FirstOrDefault(value => !LlmValue.Fits(field.Type, value)) is not null)
        {
            throw ProblemException.Invalid(SafeText.Of(name), $"A value of '{SafeText.Of(name)}' is {Describe(field.Type)}.");
        }

        return op is LlmOperator.In or LlmOperator.NotIn
            ? [new LlmCondition(field, op, values)]
            : values.Select(value => new LlmCondition(field, op, value));
    }

    private static LlmField FieldOf(string parameter, string name) =>
        LlmField.TryParse(name, out var field) && (field.TagKey is null || LlmValue.IsText(field.TagKey))
            ? field
            : throw ProblemException.Invalid(parameter, $"'{parameter}' is the name of a field, or tag.KEY; there is no '{SafeText.Of(name)}'.");

    private static bool TryParse(string name, [NotNullWhen(true)] out LlmField? field, out LlmOperator op, out int mostValues)
    {
        (op, mostValues) = (LlmOperator.In, LlmQueryValidator.MaxValues);
        foreach (var (prefix, prefixed, most) in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                (name, op, mostValues) = (name[prefix.Length..], prefixed, most);
                break;
            }
        }

        return LlmField.TryParse(name, out field) && Fits(op, field.Type) && (field.TagKey is null || LlmValue.IsText(field.TagKey));
    }

    private static string Describe(LlmFieldType type) => type switch
    {
        LlmFieldType.Integer => "a whole number",
        LlmFieldType.Number => "a number",
        LlmFieldType.Boolean => "true or false",
        LlmFieldType.Time => "a time such as 2026-01-31T23:59:59Z",
        LlmFieldType.Id => "a UUID",
        _ => "text without U+0000",
    };
}
