using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmObservability.Dashboard.Tests.Description;

/// <summary>The description of the API, as a reader of it understands it.</summary>
public sealed class DescribedApi(JsonObject document)
{
    public JsonObject Document { get; } = document;

    public JsonObject Paths => Document["paths"]!.AsObject();

    public JsonObject FilterSchema => Document["components"]!["parameters"]!["Filter"]!["schema"]!.AsObject();

    private JsonObject Schemas => Document["components"]!["schemas"]!.AsObject();

    /// <summary>Fails unless the description says that this may be answered.</summary>
    /// <returns>The JSON; undefined where the answer is none.</returns>
    public JsonElement Check(HttpMethod method, string path, int status, string mediaType, string body)
    {
        var operation = Find(path)?[method == HttpMethod.Post ? "post" : "get"];
        JsonNode response;
        if (status == 200)
        {
            response = operation.ShouldNotBeNull($"{method} {path} is not described")["responses"]!["200"]!;
        }
        else
        {
            response = Document["components"]!["responses"]!["Problem"]!;
            operation?["responses"]!["default"]!["$ref"]!.GetValue<string>().ShouldBe("#/components/responses/Problem");
        }

        var content = response["content"]![mediaType].ShouldNotBeNull($"{path}: {status} {mediaType} is not described");
        if (!mediaType.EndsWith("json", StringComparison.Ordinal))
        {
            return default;
        }

        var value = JsonDocument.Parse(body).RootElement;
        StrictSchema.Errors(content["schema"]!.AsObject(), Schemas, value).ShouldBeEmpty($"{path}: {body[..Math.Min(body.Length, 2_000)]}");
        return value;
    }

    /// <summary>Fails unless the value is what the schema of that name says.</summary>
    public JsonElement CheckAgainst(string schema, string json)
    {
        var value = JsonDocument.Parse(json).RootElement;
        StrictSchema.Errors(Schemas[schema]!.AsObject(), Schemas, value).ShouldBeEmpty(json);
        return value;
    }

    private JsonNode? Find(string path)
    {
        return Paths["/" + path] ?? (path.StartsWith("calls/", StringComparison.Ordinal) ? Paths["/calls/{id}"] : null);
    }
}
