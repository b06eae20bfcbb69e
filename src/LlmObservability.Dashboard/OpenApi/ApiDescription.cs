using System.Text.Json;
using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Answers;
using LlmObservability.Dashboard.Endpoints;
using LlmObservability.Dashboard.Parameters;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.Dashboard.OpenApi;

/// <summary>The OpenAPI 3.1 description, made from the objects that answer: what they read and write is what it says.</summary>
internal static class ApiDescription
{
    private const string ProblemMediaType = "application/problem+json";

    public static byte[] Write(IReadOnlyList<ApiEndpoint> endpoints)
    {
        var schemas = new SchemaSet();
        var paths = new JsonObject();
        foreach (var endpoint in endpoints)
        {
            paths["/" + endpoint.Path] = new JsonObject
            {
                [HttpMethods.IsPost(endpoint.Method) ? "post" : "get"] = Operation(endpoint, schemas),
            };
        }

        // Data of events, to which no answer's schema leads.
        schemas.Of(typeof(SkippedAnswer));
        var problem = new JsonObject
        {
            ["description"] = "A problem (RFC 9457); 'parameter' names the one at fault, 'code' is for programs.",
            ["content"] = Content(ProblemMediaType, schemas.Of(typeof(ProblemAnswer))),
        };
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "LlmObservability",
                ["version"] = "v1",
                ["description"] = "Every LLM call of the application. Times are UTC, durations (_us) whole microseconds, money whole nano-dollars (_nanos) and "
                    + "exact decimal dollars (_usd). What is not known is left out, and never 0.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "../v1" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.ToComponents(),
                ["parameters"] = new JsonObject { ["Filter"] = Filter() },
                ["responses"] = new JsonObject { ["Problem"] = problem },
            },
        };
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            document.WriteTo(json);
        }

        return stream.ToArray();
    }

    private static JsonObject Operation(ApiEndpoint endpoint, SchemaSet schemas)
    {
        var content = new JsonObject();
        foreach (var (mediaType, type) in endpoint.Answers)
        {
            var schema = type is not null ? schemas.Of(type)
                : mediaType == JsonBody.MediaType ? new JsonObject { ["type"] = "object" }
                : new JsonObject { ["type"] = "string" };
            content[mediaType] = new JsonObject { ["schema"] = schema };
        }

        var operation = new JsonObject
        {
            ["operationId"] = OperationId(endpoint.Path),
            ["summary"] = endpoint.Summary,
            ["parameters"] = Parameters(endpoint),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = endpoint.Summary, ["content"] = content },
                ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" },
            },
        };
        if (endpoint.BodyType is { } body)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(JsonBody.MediaType, schemas.Of(body)) };
        }

        return operation;
    }

    private static JsonArray Parameters(ApiEndpoint endpoint)
    {
        var parameters = new JsonArray();
        if (endpoint.Path.Contains($"{{{CallEndpoint.IdName}}}", StringComparison.Ordinal))
        {
            parameters.Add((JsonNode)new JsonObject
            {
                ["name"] = CallEndpoint.IdName,
                ["in"] = "path",
                ["required"] = true,
                ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            });
        }

        foreach (var parameter in endpoint.Parameters)
        {
            parameters.Add((JsonNode)new JsonObject
            {
                ["name"] = parameter.Name,
                ["in"] = "query",
                ["required"] = parameter.IsRequired,
                ["description"] = parameter.Description,
                ["schema"] = parameter.Schema(),
            });
        }

        if (endpoint.TakesFilter)
        {
            parameters.Add((JsonNode)new JsonObject { ["$ref"] = "#/components/parameters/Filter" });
        }

        return parameters;
    }

    private static JsonObject Filter() => new()
    {
        ["name"] = "filter",
        ["in"] = "query",
        ["style"] = "form",
        ["explode"] = true,
        ["description"] = "Each property is a parameter of its own, which may stand more than once. A field's name, or tag.KEY: the call has one of "
            + "these values. not_in.FIELD: none of them. at_least.FIELD, below.FIELD, starts_with.FIELD: compared. missing and present: the names "
            + "of fields. Everything must hold; at most 32 conditions with 100 values each.",
        ["schema"] = FilterSchema.Create(),
    };

    private static JsonObject Content(string mediaType, JsonObject schema) => new() { [mediaType] = new JsonObject { ["schema"] = schema } };

    private static string OperationId(string path) => string.Concat(path.Select(character => char.IsAsciiLetterLower(character) ? character : '_')).Trim('_');
}
