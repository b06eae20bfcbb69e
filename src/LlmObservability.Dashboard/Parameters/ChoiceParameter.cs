using System.Text.Json.Nodes;
using LlmObservability.Dashboard.Problems;

namespace LlmObservability.Dashboard.Parameters;

/// <summary>One of a few words.</summary>
internal sealed class ChoiceParameter<T>(string name, (string Word, T Value)[] choices, string description) : ApiParameter(name, description)
{
    /// <summary>The value; that of the first word when the query says nothing.</summary>
    public T Read(ApiQuery query)
    {
        if (query.Single(Name) is not { } text)
        {
            return choices[0].Value;
        }

        foreach (var (word, value) in choices)
        {
            if (word == text)
            {
                return value;
            }
        }

        throw ProblemException.Invalid(Name, $"'{Name}' is one of {string.Join(", ", choices.Select(choice => choice.Word))}.");
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["enum"] = new JsonArray([.. choices.Select(choice => (JsonNode)choice.Word)]),
        ["default"] = choices[0].Word,
    };
}
