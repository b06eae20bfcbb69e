using System.Text.Json.Nodes;
using LlmObservability.Queries;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>How the description tells which fields may be named.</summary>
internal static class FieldNames
{
    public const string TagPattern = "^tag\\.[\\s\\S]{1,252}$";

    public static JsonObject Schema(Func<LlmField, bool> fits, bool takesTags)
    {
        var known = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. LlmField.All.Where(fits).Select(field => (JsonNode)field.Name)]) };
        return !takesTags ? known : new JsonObject
        {
            ["anyOf"] = new JsonArray(known, new JsonObject { ["type"] = "string", ["pattern"] = TagPattern }),
        };
    }
}
