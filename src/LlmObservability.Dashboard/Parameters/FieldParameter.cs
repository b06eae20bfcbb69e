using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>The name of a field, or several.</summary>
/// <param name="name">The parameter's name.</param>
/// <param name="fits">Which of the fields may be named.</param>
/// <param name="takesTags">Whether <c>tag.KEY</c> may.</param>
/// <param name="mostFields">How many may be.</param>
/// <param name="required">Whether one must be.</param>
/// <param name="description">What it is for.</param>
internal sealed class FieldParameter(
    string name, Func<LlmField, bool> fits, bool takesTags, int mostFields, bool required, string description) : ApiParameter(name, description)
{
    /// <summary>Whether a field can be grouped by and has distinct values.</summary>
    public static bool IsGroupable(LlmField field) => field.Type is LlmFieldType.Text or LlmFieldType.Boolean;

    public override int MaxCount => mostFields;

    public override bool IsRequired => required;

    public IReadOnlyList<LlmField> Read(ApiQuery query)
    {
        var names = query.All(Name);
        return required && names.Count == 0
            ? throw ProblemException.Invalid(Name, $"'{Name}' is needed: the name of a field, or tag.KEY.")
            : [.. names.Select(Parse)];
    }

    public override JsonObject Schema()
    {
        var one = FieldNames.Schema(fits, takesTags);
        return mostFields == 1 ? one : new JsonObject { ["type"] = "array", ["items"] = one, ["maxItems"] = mostFields };
    }

    private LlmField Parse(string text) =>
        LlmField.TryParse(text, out var field) && (field.TagKey is { } key ? takesTags && LlmValue.IsText(key) : fits(field))
            ? field
            : throw ProblemException.Invalid(Name, $"'{Name}' takes no field of the name '{SafeText.Of(text)}'.");
}
