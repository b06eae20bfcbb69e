using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>A field to order by, with a minus sign for the greatest first.</summary>
internal sealed class OrderParameter(string name, string description) : ApiParameter(name, description)
{
    private const string Usual = "-started_at";

    public LlmOrder Read(ApiQuery query)
    {
        var text = query.Single(Name) ?? Usual;
        var descending = text.StartsWith('-');
        return LlmField.TryParse(descending ? text[1..] : text, out var field) && field.TagKey is null
            ? new LlmOrder(field, descending)
            : throw ProblemException.Invalid(Name, $"'{Name}' is the name of a field but an own tag's, with a minus sign before it for the greatest first.");
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["enum"] = new JsonArray([.. LlmField.All.SelectMany(field => new[] { (JsonNode)field.Name, (JsonNode)("-" + field.Name) })]),
        ["default"] = Usual,
    };
}
